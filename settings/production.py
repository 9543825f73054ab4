"""Production: refuses to boot rather than to run with a guessed secret, DEBUG or any host."""

from django.core.exceptions import ImproperlyConfigured

from settings.base import *  # noqa: F403  (a settings module is the sum of its base and its own)
from settings.base import ALLOWED_HOSTS, DEBUG, REST_FRAMEWORK, SECRET_KEY, STORAGES
from settings.env import database, env

if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY: production has no default secret.")
if DEBUG:
    raise ImproperlyConfigured("Unset DEBUG: production never shows stack traces.")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ALLOWED_HOSTS to the names this site answers to, without '*'.")

DATABASES = {"default": database()}
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "settings.static_files.StaticFilesStorage"},
}

REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": {
        **REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"],
        "user": env.str("API_RATE", default="1200/min") or None,
    },
}

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
