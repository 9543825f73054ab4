"""What every environment shares. Values that differ come from `settings.env`."""

import os
from datetime import timedelta

from csp.constants import NONE, SELF

from settings.background import *  # noqa: F403  (a part of this module)
from settings.env import BASE_DIR, env, s3_options, s3_origins

SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    # First: importing it makes sure that versatileimagefield finds a libmagic.
    "gallery",
    "accounts",
    "catalog",
    "orgs",
    "versatileimagefield",
    "rest_framework",
    "django_filters",
    "drf_standardized_errors",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "gallery.api.hosts.KnownHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "gallery.api.slashes.OptionalSlashMiddleware",
    "gallery.api.conditional.ConditionalMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    # After the CSRF check, which looks at the view that is about to answer.
    "gallery.api.idempotency.IdempotencyMiddleware",
]

ROOT_URLCONF = "settings.urls"
WSGI_APPLICATION = "settings.wsgi.application"
ASGI_APPLICATION = "settings.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

SILENCED_SYSTEM_CHECKS = [
    # SQLite has no deferrable unique constraints, so there the gallery's lock alone keeps the order
    # of relations unique; PostgreSQL holds to it as well.
    "models.W038",
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_REDIRECT_URL = "/"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))()
USE_S3_STORAGE = env.bool("USE_S3_STORAGE", default=False)
# stream, accelerate, redirect or public: how `/media/` hands the bytes over (docs/serving.md).
MEDIA_DELIVERY = env.str("MEDIA_DELIVERY", default="stream")

_S3_OPTIONS = s3_options() if USE_S3_STORAGE else {}
STORAGES = {
    "default": (
        {"BACKEND": "gallery.storage.S3Storage", "OPTIONS": _S3_OPTIONS}
        if USE_S3_STORAGE
        else {"BACKEND": "gallery.storage.LocalStorage"}
    ),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_HANDLERS = [
    "gallery.api.upload_handlers.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# A full gallery in the admin: 20 for each of MAX_PER_OBJECT images.
DATA_UPLOAD_MAX_NUMBER_FIELDS = env.int("DATA_UPLOAD_MAX_NUMBER_FIELDS", default=5000)
DATA_UPLOAD_MAX_NUMBER_FILES = env.int("GALLERY_MAX_BULK_FILES", default=100)

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")

# --- Images ---------------------------------------------------------------------------------------

VERSATILEIMAGEFIELD_SETTINGS = {
    # Reading never touches storage: files are made by the warmer, never by rendering a page.
    "create_images_on_demand": False,
}
VERSATILEIMAGEFIELD_RENDITION_KEY_SETS = {
    "gallery": [
        ("thumb", "webp_crop__160x160-q65"),
        ("sm", "webp_fit__640x640-q80"),
        ("md", "webp_fit__1024x1024-q85"),
        ("lg", "webp_fit__2048x2048-q85"),
    ],
    "reference": [
        ("thumbnail", "webp_crop__100x100"),
        ("medium", "webp_crop__300x300"),
        ("large", "webp_crop__600x600"),
    ],
    "products": [
        ("thumb200", "webp_crop__200x200-q80"),
        ("thumb800", "webp_fit__800x800-q85"),
        # For pages: one cut, in two sizes for the browser to choose from.
        ("card", "webp_crop__480x360-q80"),
        ("card2x", "webp_crop__960x720-q80"),
    ],
}
GALLERY = {
    "DELIVERY": MEDIA_DELIVERY,
    "ACCELERATE_HEADER": env.str("MEDIA_ACCELERATE_HEADER", default="X-Accel-Redirect"),
    "ACCELERATE_PREFIX": env.str("MEDIA_ACCELERATE_PREFIX", default="/_media/"),
    "REDIRECT_SECONDS": env.int(
        "MEDIA_REDIRECT_SECONDS", default=env.int("AWS_QUERYSTRING_EXPIRE", default=300)
    ),
    # Who asks for a private file: by default the API's ways to log in, a session among them.
    "VISITOR": "gallery.api.visitors.visitor_of",
    "SIGNED_SECONDS": env.int("GALLERY_SIGNED_SECONDS", default=3600),
    "SHARE_SECONDS": env.int("GALLERY_SHARE_SECONDS", default=7 * 24 * 3600),
    "DIRECT_UPLOAD_SECONDS": env.int("GALLERY_DIRECT_UPLOAD_SECONDS", default=24 * 3600),
    "DIRECT_UPLOAD_PART_BYTES": env.int(
        "GALLERY_DIRECT_UPLOAD_PART_BYTES", default=8 * 1024 * 1024
    ),
    "SLOW_STORAGE_MS": env.int("GALLERY_SLOW_STORAGE_MS", default=1000),
    "MAX_UPLOAD_BYTES": env.int("GALLERY_MAX_UPLOAD_BYTES", default=25 * 1024 * 1024),
    "MAX_SIDE": env.int("GALLERY_MAX_SIDE", default=16_384),
    "MAX_PIXELS": env.int("GALLERY_MAX_PIXELS", default=50_000_000),
    "MAX_SCALED_PIXELS": env.int("GALLERY_MAX_SCALED_PIXELS", default=200_000_000),
    "MAX_FRAMES": env.int("GALLERY_MAX_FRAMES", default=500),
    "MAX_ANIMATION_PIXELS": env.int("GALLERY_MAX_ANIMATION_PIXELS", default=250_000_000),
    "MAX_BULK_FILES": DATA_UPLOAD_MAX_NUMBER_FILES,
    "MAX_PER_OBJECT": env.int("GALLERY_MAX_PER_OBJECT", default=200),
    "FORMATS": env.list("GALLERY_FORMATS", default=["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF"]),
    "UPLOAD_RATE": env.str("GALLERY_UPLOAD_RATE", default=""),
    "GRACE_SECONDS": env.int("GALLERY_GRACE_SECONDS", default=24 * 3600),
    "PENDING_SECONDS": env.int("GALLERY_PENDING_SECONDS", default=3600),
    # Whoever names a broker has workers to make renditions.
    "STRATEGY": env.str(
        "GALLERY_STRATEGY", default="background" if CELERY_BROKER_URL else "on_upload"
    ),
    "STRATEGIES": env.dict("GALLERY_STRATEGIES", default={}),
    "WARMING_SECONDS": env.int("GALLERY_WARMING_SECONDS", default=600),
    "ENGINE": env.str("GALLERY_ENGINE", default="pillow"),
    "DECODER_PROCESSES": env.int("GALLERY_DECODER_PROCESSES", default=os.cpu_count() or 1),
    "DECODER_MEMORY_BYTES": env.int("GALLERY_DECODER_MEMORY_BYTES", default=1024**3),
    "DECODER_CPU_SECONDS": env.int("GALLERY_DECODER_CPU_SECONDS", default=20),
    "DECODER_WALL_SECONDS": env.int("GALLERY_DECODER_WALL_SECONDS", default=60),
    "DECODER_PATIENCE_SECONDS": env.int("GALLERY_DECODER_PATIENCE_SECONDS", default=30),
    "IDEMPOTENCY_SECONDS": env.int("GALLERY_IDEMPOTENCY_SECONDS", default=24 * 3600),
    "IDEMPOTENCY_LEASE_SECONDS": env.int("GALLERY_IDEMPOTENCY_LEASE_SECONDS", default=600),
}

# --- REST -----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    # The first one answers 401 with WWW-Authenticate; a session answers with CSRF enforced.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": [
        "orgs.renderers.CompactJSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "gallery.api.parsers.ShallowJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "gallery.api.pagination.OffsetOrCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "gallery.api.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "gallery.api.errors.exception_handler",
    # How many proxies append to X-Forwarded-For; 0 means that clients cannot choose their address.
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        # Everything a user does, or an address without one. On by default in production only.
        "user": env.str("API_RATE", default="") or None,
        "token": env.str("TOKEN_RATE", default="30/min") or None,
        # Adding a member tells whether somebody has an account.
        "members": env.str("MEMBERS_RATE", default="60/hour") or None,
    },
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", default=30)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.int("REFRESH_TOKEN_DAYS", default=7)),
    # A changed password ends every session, also those that hold a token.
    "CHECK_REVOKE_TOKEN": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Gallery API",
    "DESCRIPTION": "Images on any model: focal points, renditions, stable URLs.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_FORMATTER_CLASS": "gallery.api.errors.ProblemFormatter",
    # Clients get JSON with DEBUG too; the stack trace is in the log.
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}

# --- Headers --------------------------------------------------------------------------------------

# Pages send files straight to the bucket, and show what it or a CDN delivers.
_STORAGE_ORIGINS = s3_origins(_S3_OPTIONS) if USE_S3_STORAGE else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_STORAGE_ORIGINS],
        "connect-src": [SELF, *_STORAGE_ORIGINS],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
