"""S3 by one switch: the variables of django-storages and of Spaces, read in a fresh process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.settings.test_production import RIGHT, boot, copy

__all__ = ["copy"]  # the fixture

SHOW = """
import json
from django.conf import settings
from django.core.files.storage import default_storage as storage
names = %r
print(json.dumps({
    **{name: getattr(storage, name) for name in names},
    "class": type(storage._wrapped if storage._wrapped else storage).__name__,
    "url": storage.url("a b.jpg"),
    "timeout": storage.client_config.connect_timeout,
    "redirect_seconds": settings.GALLERY["REDIRECT_SECONDS"],
    "csp": settings.CONTENT_SECURITY_POLICY["DIRECTIVES"],
}, default=list))
"""
AWS = {
    "USE_S3_STORAGE": "True",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_STORAGE_BUCKET_NAME": "pictures",
    "AWS_S3_REGION_NAME": "eu-central-1",
}
SPACES = {
    "USE_S3_STORAGE": "True",
    "SPACES_KEY": "key",
    "SPACES_SECRET": "secret",
    "SPACES_BUCKET": "pictures",
    "SPACES_REGION": "fra1",
}


def storage_with(copy: Path, environment: dict[str, str], *names: str) -> dict[str, Any]:
    result = boot({**RIGHT, **environment}, folder=copy, then=SHOW % (names,))
    assert result.returncode == 0, result.stderr
    shown: dict[str, Any] = json.loads(result.stdout)
    return shown


def test_aws__the_usual_variables__and_ours_where_the_librarys_defaults_are_wrong(
    copy: Path,
) -> None:
    expected = {
        "access_key": "key",
        "secret_key": "secret",
        "bucket_name": "pictures",
        "region_name": "eu-central-1",
        "file_overwrite": False,
        "signature_version": "s3v4",
        "default_acl": None,
        "max_memory_size": 8 * 1024 * 1024,
    }
    shown = storage_with(copy, AWS, *expected)

    assert {name: shown[name] for name in expected} == expected
    assert (shown["class"], shown["url"]) == ("S3Storage", "/media/a%20b.jpg")
    assert shown["timeout"] == 3
    assert "https://pictures.s3.eu-central-1.amazonaws.com" in shown["csp"]["connect-src"]


def test_aws__every_other_variable_is_read(copy: Path) -> None:
    more = {
        "AWS_S3_ENDPOINT_URL": "http://storage.example.com:9000",
        "AWS_S3_CUSTOM_DOMAIN": "cdn.example.com",
        "AWS_S3_URL_PROTOCOL": "http:",
        "AWS_LOCATION": "site",
        "AWS_DEFAULT_ACL": "public-read",
        "AWS_S3_ADDRESSING_STYLE": "path",
        "AWS_S3_SIGNATURE_VERSION": "s3",
        "AWS_SESSION_TOKEN": "token",
        "AWS_QUERYSTRING_AUTH": "False",
        "AWS_QUERYSTRING_EXPIRE": "77",
        "AWS_S3_USE_SSL": "False",
        "AWS_S3_VERIFY": "/etc/ssl/mine.pem",
        "AWS_S3_MAX_MEMORY_SIZE": "99",
        "AWS_S3_OBJECT_PARAMETERS": '{"StorageClass": "STANDARD_IA"}',
        "AWS_S3_PROXIES": '{"https": "proxy.example.com"}',
    }
    expected = {
        "endpoint_url": "http://storage.example.com:9000",
        "custom_domain": "cdn.example.com",
        "url_protocol": "http:",
        "location": "site",
        "default_acl": "public-read",
        "addressing_style": "path",
        "signature_version": "s3",
        "security_token": "token",
        "querystring_auth": False,
        "querystring_expire": 77,
        "use_ssl": False,
        "verify": "/etc/ssl/mine.pem",
        "max_memory_size": 99,
        "object_parameters": {"StorageClass": "STANDARD_IA"},
        "proxies": {"https": "proxy.example.com"},
    }
    shown = storage_with(copy, {**AWS, **more}, *expected)
    assert shown["redirect_seconds"] == 77

    assert {name: shown[name] for name in expected} == expected
    for directive in ("img-src", "connect-src"):
        assert "http://storage.example.com:9000" in shown["csp"][directive]
        assert "http://cdn.example.com" in shown["csp"][directive]


def test_spaces__four_variables_are_enough(copy: Path) -> None:
    expected = {
        "access_key": "key",
        "secret_key": "secret",
        "bucket_name": "pictures",
        "region_name": "fra1",
        "endpoint_url": "https://fra1.digitaloceanspaces.com",
    }
    shown = storage_with(copy, SPACES, *expected)

    assert {name: shown[name] for name in expected} == expected
    assert "https://pictures.fra1.digitaloceanspaces.com" in shown["csp"]["connect-src"]


def test_spaces__a_variable_of_aws_wins(copy: Path) -> None:
    shown = storage_with(copy, {**SPACES, "AWS_STORAGE_BUCKET_NAME": "other"}, "bucket_name")

    assert shown["bucket_name"] == "other"


@pytest.mark.parametrize("environment", [AWS, SPACES])
def test_s3__passes_the_deployment_checks(copy: Path, environment: dict[str, str]) -> None:
    check = "from django.core.management import call_command\n"
    check += "call_command('check', deploy=True, fail_level='WARNING')"
    result = boot({**RIGHT, **environment}, folder=copy, then=check)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"USE_S3_STORAGE": "1"}, "AWS_STORAGE_BUCKET_NAME or SPACES_BUCKET"),
        ({**SPACES, "SPACES_REGION": ""}, "SPACES_REGION"),
        ({"MEDIA_DELIVERY": "teleport"}, "gallery.E001"),
        ({"MEDIA_DELIVERY": "redirect"}, "gallery.E018"),
        ({"MEDIA_DELIVERY": "public"}, "gallery.E018"),
        ({**AWS, "MEDIA_DELIVERY": "public"}, "gallery.E018"),
        (
            {
                **AWS,
                "MEDIA_DELIVERY": "accelerate",
                "MEDIA_ACCELERATE_HEADER": "X-Sendfile",
            },
            "gallery.E018",
        ),
    ],
)
def test_storage__what_cannot_be_is_said_at_once(
    copy: Path, change: dict[str, str], complaint: str
) -> None:
    check = "from django.core.management import call_command; call_command('check')"
    result = boot({**RIGHT, **change}, folder=copy, then=check)

    assert result.returncode != 0
    assert complaint in result.stderr
