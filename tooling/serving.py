"""The running site: its server, its worker, its management commands."""

import argparse
import os
import re
import shlex
import socket
import sys

from tooling.environment import ROOT, become, call, python, set_up

NO_BROKER = """\
The worker needs a broker: set CELERY_BROKER_URL, here or in .env, to a Redis or Valkey like
redis://localhost:6379/1. To have one for the moment, paste what this prints in another terminal:

  ./dev services
"""


def run(arguments: list[str]) -> int:
    """Set up, migrate, load the demo, print how to try it, serve until ctrl-C."""
    parser = argparse.ArgumentParser(prog="./dev run", description=run.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default=8000, type=int)
    parser.add_argument("--no-demo", action="store_true", help="start without demo data")
    options = parser.parse_args(arguments)
    set_up()
    with socket.socket(socket.AF_INET6 if ":" in options.host else socket.AF_INET) as probe:
        if probe.connect_ex((options.host, options.port)) == 0:
            sys.exit(f"Port {options.port} is taken. Try: ./dev run --port {options.port + 1}")
    for step in ("migrate --no-input --verbosity 0", "" if options.no_demo else "load_demo"):
        if step and (code := call(python("manage.py", *step.split()))):
            return code
    host = f"[{options.host}]" if ":" in options.host else options.host
    shown = "localhost" if host in ("0.0.0.0", "[::]") else host  # noqa: S104 - only when asked
    known = f"localhost,127.0.0.1,[::1],{host}" if shown == host else "*"
    os.environ.setdefault("ALLOWED_HOSTS", known)
    print(how_to_try(f"http://{shown}:{options.port}", demo=not options.no_demo))
    return manage(["runserver", f"{host}:{options.port}"])


def how_to_try(url: str, *, demo: bool) -> str:
    """Return the lines that tell a newcomer what to do with the running server."""
    if not demo:
        return f"\n  {url}/\n  Make yourself a user with: ./dev manage createsuperuser\n"
    picture = next(iter(sorted((ROOT / "fixtures").rglob("*.jpg"))), "photo.jpg")
    pick = "import json, sys; print(json.load(sys.stdin)['access'])"
    return f"""
  {url}/                the demo, for everybody to see
  {url}/admin/          log in as root@example.com with the password demo
  {url}/api/v1/docs/    every endpoint, to try out

  Upload a picture from another terminal (or any other file of yours):

  TOKEN=$(curl -s {url}/api/v1/token/pair -H 'Content-Type: application/json' \\
    -d '{{"email": "root@example.com", "password": "demo"}}' | python3 -c "{pick}")
  curl {url}/api/v1/images/orgs/acme/images/ -H "Authorization: Bearer $TOKEN" \\
    -F file=@{shlex.quote(str(picture))}
"""


def worker(arguments: list[str]) -> int:
    """Set up and run a Celery worker with its beat (any celery arguments) until ctrl-C."""
    if has_broker():
        set_up()
        os.chdir(ROOT)
        (ROOT / "var").mkdir(exist_ok=True)
        options = ["--beat", "--schedule=var/celerybeat-schedule", "--loglevel=INFO"]
        become(python("-m", "celery", "-A", "settings", "worker", *options, *arguments))
    print(NO_BROKER, file=sys.stderr)
    return 2


def has_broker() -> bool:
    """Tell whether the environment, which wins, or `.env` names a broker."""
    if "CELERY_BROKER_URL" in os.environ:
        return bool(os.environ["CELERY_BROKER_URL"])
    file = ROOT / ".env"
    named = r"^[ \t]*(?:export[ \t]+)?CELERY_BROKER_URL[ \t]*=[ \t]*['\"]?[^\s'\"#]"
    return file.is_file() and bool(re.search(named, file.read_text("utf-8"), re.MULTILINE))


def manage(arguments: list[str]) -> int:
    """Set up and pass everything on to Django's manage.py."""
    set_up()
    become(python(ROOT / "manage.py", *arguments))
