"""What projects do: a view that returns a FileResponse, below what `startproject` puts in front."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpRequest
from django.urls import path

FOLDER = Path(os.environ["MEDIA_ROOT"])

settings.configure(
    SECRET_KEY="only-for-this-measurement",  # noqa: S106
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ]
    if os.environ.get("WITH_MIDDLEWARE", "1") == "1"
    else [],
)


def serve(_request: HttpRequest, key: str) -> FileResponse:
    """Answer with the file."""
    return FileResponse((FOLDER / key).open("rb"))


urlpatterns = [path("media/<path:key>", serve)]
application = get_wsgi_application()
