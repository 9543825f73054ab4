"""`./dev` as its user meets it, without installing anything."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tooling import environment, services, serving, testing

DEV = Path(__file__).parent.parent / "dev"
COMMANDS = ("run", "worker", "services", "test", "bench", "check", "manage", "help")
PYTHON = str(environment.VENV / "bin" / "python")
Dev = Callable[[list[str]], int]


class Became(Exception):
    """Stands for the end of `./dev`, which turned into a command."""


class Commands:
    """What `./dev` would run, instead of running it; nothing is set up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set_up: list[dict[str, bool]] = []
        self.ran: list[tuple[list[str], dict[str, str]]] = []
        for module in (serving, testing, services):
            monkeypatch.setattr(module, "set_up", lambda **layers: self.set_up.append(layers))
        for module in (serving, testing):
            monkeypatch.setattr(module, "call", self.call)
            monkeypatch.setattr(module, "become", self.become)

    def call(self, command: list[str], **changes: str) -> int:
        self.ran.append((command, changes))
        return 3

    def become(self, command: list[str], **changes: str) -> None:
        self.ran.append((command, changes))
        raise Became


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return what the site takes for the project's folder."""
    monkeypatch.setattr(serving, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.chdir(environment.ROOT)
    return Commands(monkeypatch)


def run_dev(
    *arguments: str, cwd: Path, env: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DEV), *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [(), ("help",), ("--help",), ("-h",)])
def test_help__lists_every_command(arguments: tuple[str, ...], tmp_path: Path) -> None:
    shown = run_dev(*arguments, cwd=tmp_path)
    listed = [line.split()[0] for line in shown.stdout.splitlines() if line.startswith("  ")]
    assert shown.returncode == 0
    assert tuple(listed) == COMMANDS


def test_unknown_command__is_refused_with_the_list(tmp_path: Path) -> None:
    shown = run_dev("tset", cwd=tmp_path)
    assert shown.returncode == 2
    assert "There is no command 'tset'" in shown.stdout
    assert all(f"  {name} " in shown.stdout for name in COMMANDS)


def test_unknown_option_of_run__is_refused_before_anything_is_installed(tmp_path: Path) -> None:
    shown = run_dev("run", "--prot", "80", cwd=tmp_path)
    assert shown.returncode == 2
    assert "--port" in shown.stderr


def test_how_to_try__shows_a_log_in_and_an_upload_that_a_shell_takes(folder: Path) -> None:
    pictures = folder / "fixtures" / "two words"
    pictures.mkdir(parents=True)
    (pictures / "a.jpg").touch()
    shown = serving.how_to_try("http://127.0.0.1:8000", demo=True)
    assert "root@example.com" in shown
    assert "http://127.0.0.1:8000/api/v1/images/orgs/acme/images/" in shown
    assert f"'{pictures}/a.jpg'" in shown


def test_how_to_try__without_the_demo__promises_no_log_in(folder: Path) -> None:
    shown = serving.how_to_try("http://127.0.0.1:8000", demo=False)
    assert "root@example.com" not in shown
    assert "createsuperuser" in shown


@pytest.mark.parametrize(
    ("host", "known", "shown"),
    [
        ("127.0.0.1", "localhost,127.0.0.1,[::1],127.0.0.1", "http://127.0.0.1:8123/"),
        ("localhost", "localhost,127.0.0.1,[::1],localhost", "http://localhost:8123/"),
        ("0.0.0.0", "*", "http://localhost:8123/"),  # noqa: S104  (as a phone needs it)
    ],
)
def test_run__answers_under_the_host_it_was_given(
    commands: Commands,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    host: str,
    known: str,
    shown: str,
) -> None:
    served: list[list[str]] = []
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    monkeypatch.setattr(serving, "call", lambda *_, **__: 0)
    monkeypatch.setattr(serving, "manage", served.append)
    serving.run(["--host", host, "--port", "8123"])
    assert os.environ.pop("ALLOWED_HOSTS") == known
    assert served == [["runserver", f"{host}:8123"]]
    assert shown in capsys.readouterr().out


def test_worker__without_a_broker__says_what_to_do(tmp_path: Path) -> None:
    variables = {**os.environ, "CELERY_BROKER_URL": ""}
    shown = run_dev("worker", cwd=tmp_path, env=variables)
    assert shown.returncode == 2
    assert "CELERY_BROKER_URL" in shown.stderr
    assert "./dev services" in shown.stderr


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("CELERY_BROKER_URL=redis://localhost:6379/1", True),
        ("DEBUG=1\nexport CELERY_BROKER_URL = 'redis://localhost:6379/1'\n", True),
        ("CELERY_BROKER_URL=\nDEBUG=1\n", False),
        ("CELERY_BROKER_URL=''", False),
        ("#CELERY_BROKER_URL=redis://localhost:6379/1", False),
        (None, False),
    ],
)
def test_worker__finds_a_broker_in_dotenv(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, named: bool
) -> None:
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    if text is not None:
        (folder / ".env").write_text(text)
    assert serving.has_broker() == named
    monkeypatch.setenv("CELERY_BROKER_URL", "")
    assert not serving.has_broker()


def test_worker__becomes_celery_with_a_beat(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://localhost:6379/1")
    with pytest.raises(Became):
        serving.worker(["--concurrency=3"])
    [(command, _changes)] = commands.ran
    assert command[:6] == [PYTHON, "-m", "celery", "-A", "settings", "worker"]
    assert "--beat" in command
    assert command[-1] == "--concurrency=3"


@contextlib.contextmanager
def pretend(*, named: Mapping[str, str], data: Path | None = None) -> Iterator[dict[str, str]]:
    yield {"DATABASE_URL": "postgres://there", "CELERY_BROKER_URL": "redis://there/1"}


@pytest.mark.parametrize(
    ("arguments", "passed_on"),
    [
        (["--services"], ["-m", "services"]),
        (["--services", "-k", "ping"], ["-m", "services", "-k", "ping"]),
        (["--services", "-m", "contract"], ["-m", "contract"]),
        (["--services", "--vips"], ["-m", "services or vips"]),
    ],
)
def test_test__with_services__runs_their_tests_in_one_process(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, arguments: list[str], passed_on: list[str]
) -> None:
    monkeypatch.setattr(testing, "started", pretend)
    assert testing.test(arguments) == 3
    [(command, changes)] = commands.ran
    assert command == [PYTHON, "-m", "pytest", *passed_on]
    assert changes["DJANGO_SETTINGS_MODULE"] == "tests.services.settings"
    assert changes["CELERY_BROKER_URL"] == "redis://there/1"


@contextlib.contextmanager
def pretend_s3() -> Iterator[dict[str, str]]:
    yield {"USE_S3_STORAGE": "True", "AWS_S3_ENDPOINT_URL": "http://there"}


def test_test__with_s3__runs_its_tests_in_one_process_and_tells_where_it_is(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing, "ceph", pretend_s3)
    assert testing.test(["--s3", "-x"]) == 3
    assert commands.set_up == [{"development": True, "more": []}]
    [(command, changes)] = commands.ran
    assert command == [PYTHON, "-m", "pytest", "-m", "s3", "-x"]
    assert changes == {
        "DJANGO_SETTINGS_MODULE": "settings.test",
        "USE_S3_STORAGE": "False",
        "AWS_S3_ENDPOINT_URL": "http://there",
    }


def test_test__with_s3_and_services__has_both(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing, "ceph", pretend_s3)
    monkeypatch.setattr(testing, "started", pretend)
    assert testing.test(["--services", "--s3"]) == 3
    [(command, changes)] = commands.ran
    assert command[-2:] == ["-m", "s3 or services"]
    assert changes["DJANGO_SETTINGS_MODULE"] == "tests.services.settings"
    assert changes["AWS_S3_ENDPOINT_URL"] == "http://there"
    assert changes["DATABASE_URL"] == "postgres://there"


@pytest.mark.parametrize(
    ("option", "marker", "is_parallel"),
    [("--browser", "browser", False), ("--nginx", "nginx", True)],
)
def test_test__with_a_program_of_debians__runs_its_tests(
    commands: Commands, option: str, marker: str, is_parallel: bool
) -> None:
    with pytest.raises(Became):
        testing.test([option, "-x"])
    [(command, changes)] = commands.ran
    assert command[-3:] == ["-m", marker, "-x"]
    assert ("-n" in command) is is_parallel
    assert changes == {"DJANGO_SETTINGS_MODULE": "settings.test"}


def test_test__with_vips__installs_it_and_runs_its_tests(commands: Commands) -> None:
    with pytest.raises(Became):
        testing.test(["--vips", "-x"])
    [(command, changes)] = commands.ran
    assert commands.set_up == [{"development": True, "more": ["requirements-vips.txt"]}]
    assert command[-3:] == ["-m", "vips", "-x"]
    assert changes == {"DJANGO_SETTINGS_MODULE": "settings.test"}


def test_bench__passes_everything_on(commands: Commands) -> None:
    with pytest.raises(Became):
        testing.bench(["--quick", "upload"])
    assert commands.ran == [([PYTHON, "-m", "benchmarks", "--quick", "upload"], {})]
