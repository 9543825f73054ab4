"""Boot the production settings in a process of their own: they start right or not at all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RIGHT = {
    "SECRET_KEY": "a-secret-that-nobody-else-has-and-long-enough-0123456789",
    "ALLOWED_HOSTS": "gallery.example.com",
    "DATABASE_URL": "sqlite:///:memory:",
    "CACHE_URL": "redis://cache.example.com:6379/0",
}
BOOT = "import django; django.setup()"


def boot(
    environment: dict[str, str], *, folder: Path = ROOT, then: str = ""
) -> subprocess.CompletedProcess[str]:
    """Set Django up with these variables and no others, then run some Python."""
    return subprocess.run(
        [sys.executable, "-c", f"{BOOT}\n{then}"],
        cwd=folder,
        # No PYTHONPATH: the working directory alone decides whose settings are imported.
        env={"DJANGO_SETTINGS_MODULE": "settings.production", "PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the project's code, whose `.env` a test may write."""
    for package in ("settings", "accounts", "orgs", "gallery", "catalog"):
        if (ROOT / package).is_dir():
            shutil.copytree(ROOT / package, tmp_path / package)
    return tmp_path


def test_production__boots_when_right(copy: Path) -> None:
    result = boot(RIGHT, folder=copy)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"DEBUG": "true"}, "DEBUG"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "gallery.example.com,*"}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": None}, "DATABASE_URL"),
    ],
)
def test_production__refuses_to_boot(
    copy: Path, change: dict[str, str | None], complaint: str
) -> None:
    environment = {k: v for k, v in {**RIGHT, **change}.items() if v is not None}
    result = boot(environment, folder=copy)

    assert result.returncode != 0
    last_line = result.stderr.strip().splitlines()[-1]
    assert last_line.startswith("django.core.exceptions.ImproperlyConfigured")
    assert complaint in last_line
    assert RIGHT["SECRET_KEY"] not in result.stderr


def test_production__passes_the_deployment_checks(copy: Path) -> None:
    checks = (
        "from django.core.management import call_command\n"
        "call_command('check', deploy=True, fail_level='WARNING')"
    )
    result = boot(RIGHT, folder=copy, then=checks)

    assert result.returncode == 0, result.stderr


def test_dotenv__is_read_when_present(copy: Path) -> None:
    (copy / ".env").write_text("".join(f"{name}={value}\n" for name, value in RIGHT.items()))
    result = boot({}, folder=copy)

    assert result.returncode == 0, result.stderr


def test_dotenv__gives_way_to_the_environment(copy: Path) -> None:
    (copy / ".env").write_text("SECRET_KEY=from-the-file\nALLOWED_HOSTS=file.example.com\n")
    show = "from django.conf import settings; print(settings.SECRET_KEY, settings.ALLOWED_HOSTS)"
    environment = {name: value for name, value in RIGHT.items() if name != "ALLOWED_HOSTS"}
    result = boot(environment, folder=copy, then=show)

    assert result.stdout.split("\n")[0] == f"{RIGHT['SECRET_KEY']} ['file.example.com']"
