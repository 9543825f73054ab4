"""Every static check, and what can be mended without thinking."""

import difflib
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tooling.environment import ROOT, call, environment, python, set_up

SNAPSHOT = "docs/openapi.yaml"
OPENAPI = "manage.py spectacular --validate --fail-on-warn"
CHECKS = {
    "mypy": "-m mypy . dev",
    "ruff check": "-m ruff check .",
    "ruff format": "-m ruff format --check .",
    "imports": ".venv/bin/lint-imports",
    "migrations": "manage.py makemigrations --check --dry-run --no-input",
    "system checks": "manage.py check --fail-level WARNING",
    "production": "manage.py check --deploy --fail-level WARNING",
    SNAPSHOT: OPENAPI,
}
FIXES = ("-m ruff check --fix -q .", "-m ruff format -q .", f"{OPENAPI} --file {SNAPSHOT}")
PRODUCTION = {  # made up: the checks connect to nothing
    "DJANGO_SETTINGS_MODULE": "settings.production",
    "DEBUG": "false",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "images.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://images.example.com",
    "DATABASE_URL": "postgres://gallery:secret@database.invalid/gallery",
    "CACHE_URL": "redis://cache.invalid:6379/0",
}


def check(arguments: list[str]) -> int:
    """Set up and run every static check; --fix: format and rewrite docs/openapi.yaml first."""
    if arguments not in ([], ["--fix"]):
        sys.exit("usage: ./dev check [--fix]")
    set_up(development=True)
    if arguments:
        for fix in FIXES:
            call(python(*fix.split()))
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = zip(CHECKS, pool.map(report, CHECKS), strict=True)
    failed = [name for name, is_fine in results if not is_fine]
    print(f"\nFailed: {', '.join(failed)}; try --fix" if failed else f"\nAll {len(CHECKS)} passed")
    return 1 if failed else 0


def report(name: str) -> bool:
    """Run one check, print how it went, return whether it passed."""
    started = time.monotonic()
    changes = PRODUCTION if name == "production" else {"DATABASE_URL": "sqlite://:memory:"}
    command, settings = python(*CHECKS[name].split()), environment(**changes)
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, check=False)
    problem = (done.stdout + done.stderr).decode() if done.returncode else ""
    if name == SNAPSHOT and not problem:
        snapshot = ROOT / SNAPSHOT
        old = snapshot.read_text("utf-8") if snapshot.exists() else ""
        lines = old.splitlines(), done.stdout.decode().splitlines()
        problem = "\n".join([*difflib.unified_diff(*lines, SNAPSHOT, "the code", lineterm="")][:40])
    took = f"({time.monotonic() - started:.1f} s)"
    print(f"FAILED {name} {took}\n{problem}" if problem else f"ok     {name} {took}")
    return not problem
