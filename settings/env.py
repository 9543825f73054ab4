"""Read the environment: the only module that does, for settings and for nothing else.

A `.env` file beside `manage.py` is read first when present; real environment variables win over it.
Every variable is documented in `.env.example`.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
_dotenv = BASE_DIR / ".env"
if _dotenv.is_file():
    env.read_env(_dotenv)


def database(default: str | None = None) -> dict[str, Any]:
    """Return Django's DATABASES entry for `DATABASE_URL`; PostgreSQL is pooled, SQLite is WAL.

    Args:
        default: the URL when the variable is not set; without one the variable is required.
    """
    url = env.db_url("DATABASE_URL", default=default) if default else env.db_url("DATABASE_URL")
    config = dict(url)
    if config["ENGINE"].endswith("sqlite3"):
        # Immediate transactions take the write lock at BEGIN, so that two writers queue up instead
        # of both reading first and one failing with "database is locked" when it comes to write.
        # To open the file anew costs more than most requests.
        config["CONN_MAX_AGE"] = 600
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    elif config["ENGINE"].endswith("postgresql"):
        pool = {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=8)}
        # The pool owns the life of its connections; Django refuses any other CONN_MAX_AGE with it.
        config["CONN_MAX_AGE"] = 0
        config["OPTIONS"] = {**config.get("OPTIONS", {}), "pool": pool}
    return config


# The variables of django-storages, by the options that they are.
_S3_TEXTS = {
    "access_key": "AWS_ACCESS_KEY_ID",
    "secret_key": "AWS_SECRET_ACCESS_KEY",
    "security_token": "AWS_SESSION_TOKEN",
    "session_profile": "AWS_S3_SESSION_PROFILE",
    "bucket_name": "AWS_STORAGE_BUCKET_NAME",
    "region_name": "AWS_S3_REGION_NAME",
    "endpoint_url": "AWS_S3_ENDPOINT_URL",
    "custom_domain": "AWS_S3_CUSTOM_DOMAIN",
    "url_protocol": "AWS_S3_URL_PROTOCOL",
    "location": "AWS_LOCATION",
    "default_acl": "AWS_DEFAULT_ACL",
    "addressing_style": "AWS_S3_ADDRESSING_STYLE",
    "signature_version": "AWS_S3_SIGNATURE_VERSION",
}
_S3_TRUTHS = {"use_ssl": "AWS_S3_USE_SSL", "querystring_auth": "AWS_QUERYSTRING_AUTH"}
_S3_NUMBERS = {
    "querystring_expire": "AWS_QUERYSTRING_EXPIRE",
    "max_memory_size": "AWS_S3_MAX_MEMORY_SIZE",
}
_S3_OBJECTS = {"object_parameters": "AWS_S3_OBJECT_PARAMETERS", "proxies": "AWS_S3_PROXIES"}


def s3_options() -> dict[str, Any]:
    """Return the options of django-storages from its usual `AWS_*` variables, or `SPACES_*`.

    What is not set is left to the library and to ours.
    """
    options: dict[str, Any] = _spaces_options()
    kinds = ((_S3_TEXTS, env.str), (_S3_TRUTHS, env.bool), (_S3_NUMBERS, env.int))
    for names, read in (*kinds, (_S3_OBJECTS, env.json)):
        given = {option: name for option, name in names.items() if env.str(name, default="")}
        options |= {option: read(name) for option, name in given.items()}
    if verify := env.str("AWS_S3_VERIFY", default=""):
        # Either whether to check certificates, or the file of those to trust.
        is_yes_or_no = verify.lower() in {"true", "false", "1", "0"}
        options["verify"] = env.bool("AWS_S3_VERIFY") if is_yes_or_no else verify
    if not options.get("bucket_name"):
        raise ImproperlyConfigured("USE_S3_STORAGE needs AWS_STORAGE_BUCKET_NAME or SPACES_BUCKET.")
    return options


def s3_origins(options: dict[str, Any]) -> list[str]:
    """Return the origins that browsers send files to and get them from, with these options."""
    bucket, region = options["bucket_name"], options.get("region_name")
    endpoint = urlsplit(options.get("endpoint_url") or "")
    scheme, host = endpoint.scheme or "https", endpoint.netloc
    # By path or by a host of the bucket's own, as boto3 chooses for itself unless it is told.
    hosts = [host, f"{bucket}.{host}"] if host else [f"{bucket}.s3.amazonaws.com"]
    if region and not host:
        hosts.append(f"{bucket}.s3.{region}.amazonaws.com")
    origins = [f"{scheme}://{each}" for each in hosts]
    if domain := options.get("custom_domain"):
        origins.append(f"{options.get('url_protocol', 'https:')}//{domain.partition('/')[0]}")
    return origins


def _spaces_options() -> dict[str, Any]:
    """Return what DigitalOcean's variables say; each `AWS_*` variable that is set wins."""
    names = ("SPACES_BUCKET", "SPACES_REGION", "SPACES_KEY", "SPACES_SECRET")
    bucket, region, key, secret = (env.str(name, default="") for name in names)
    if not bucket:
        return {}
    if not (region and key and secret):
        raise ImproperlyConfigured(f"Spaces needs all of: {', '.join(names)}.")
    return {
        "access_key": key,
        "secret_key": secret,
        "bucket_name": bucket,
        "region_name": region,
        "endpoint_url": f"https://{region}.digitaloceanspaces.com",
    }
