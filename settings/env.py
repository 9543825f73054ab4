"""Read the environment: the only module that does, for settings and for nothing else.

A `.env` file beside `manage.py` is read first when present; real environment variables win over it.
Every variable is documented in `.env.example`.
"""

from pathlib import Path
from typing import Any

import environ

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


def s3_options() -> dict[str, Any]:
    """Return the django-storages options read from its usual `AWS_*` variables."""
    return {
        "access_key": env.str("AWS_ACCESS_KEY_ID", default=None),
        "secret_key": env.str("AWS_SECRET_ACCESS_KEY", default=None),
        "bucket_name": env.str("AWS_STORAGE_BUCKET_NAME"),
        "region_name": env.str("AWS_S3_REGION_NAME", default=None),
        "endpoint_url": env.str("AWS_S3_ENDPOINT_URL", default=None),
    }
