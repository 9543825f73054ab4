"""`./dev` as its user meets it, without installing anything."""

import importlib.util
import json
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

DEV = Path(__file__).parent.parent / "dev"
COMMANDS = ("run", "test", "check", "manage", "help")


class Project:
    """A copy of `dev` with small requirements, which notes what it would install."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        loader = SourceFileLoader("dev", str(DEV))
        spec = importlib.util.spec_from_loader("dev", loader)
        assert spec is not None
        self.dev: ModuleType = importlib.util.module_from_spec(spec)
        # Without this, importing `dev` would leave a __pycache__ in the project's folder.
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        loader.exec_module(self.dev)
        self.folder = folder
        self.done: list[str] = []
        self.write("requirements.txt", "django==5")
        self.write("requirements-dev.txt", "django==5\npytest==9")
        for name, value in {"ROOT": folder, "VENV": folder / ".venv"}.items():
            monkeypatch.setattr(self.dev, name, value)
        monkeypatch.setattr(self.dev, "create_venv", self.create)
        monkeypatch.setattr(self.dev, "install", self.install)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def create(self) -> None:
        self.done.append("create")
        binaries = self.folder / ".venv" / "bin"
        binaries.mkdir(parents=True, exist_ok=True)
        (binaries / "python").touch()

    def install(self, requirements: Path) -> None:
        self.done.append(requirements.name)

    def set_up(self, *, development: bool) -> list[str]:
        """Set up and return what had to be done for it."""
        self.done.clear()
        self.dev.set_up(development=development)
        return list(self.done)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


def run_dev(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DEV), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


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


def test_set_up__first_time_installs_and_second_time_does_nothing(project: Project) -> None:
    assert project.set_up(development=False) == ["create", "requirements.txt"]
    assert project.set_up(development=False) == []


def test_set_up__adds_the_development_requirements_to_what_is_there(project: Project) -> None:
    project.set_up(development=False)
    assert project.set_up(development=True) == ["requirements-dev.txt"]
    assert project.set_up(development=True) == []
    assert project.set_up(development=False) == []


def test_set_up__when_a_first_install_was_killed__starts_over(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_requirements: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(project.dev, "install", killed)
    with pytest.raises(KeyboardInterrupt):
        project.set_up(development=False)
    monkeypatch.setattr(project.dev, "install", project.install)
    assert project.set_up(development=False) == ["create", "requirements.txt"]


def test_set_up__when_a_later_install_was_killed__starts_over(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_requirements: Path) -> None:
        raise KeyboardInterrupt

    project.set_up(development=False)
    monkeypatch.setattr(project.dev, "install", killed)
    with pytest.raises(KeyboardInterrupt):
        project.set_up(development=True)
    monkeypatch.setattr(project.dev, "install", project.install)
    assert project.set_up(development=False) == ["create", "requirements.txt"]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_set_up__when_requirements_changed__starts_over(project: Project, name: str) -> None:
    project.set_up(development=True)
    project.write(name, "django==6")
    assert project.set_up(development=True) == ["create", "requirements-dev.txt"]


@pytest.mark.parametrize("fact", ["python", "folder"])
def test_set_up__when_python_or_the_folder_changed__starts_over(
    project: Project, fact: str
) -> None:
    project.set_up(development=False)
    stamp = project.folder / ".venv" / "stamp.json"
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), fact: "another"}))
    assert project.set_up(development=False) == ["create", "requirements.txt"]


@pytest.mark.parametrize("stamp", ["", "{", '"text"', "[1]"])
def test_set_up__when_the_stamp_is_damaged__starts_over(project: Project, stamp: str) -> None:
    project.set_up(development=False)
    (project.folder / ".venv" / "stamp.json").write_text(stamp)
    assert project.set_up(development=False) == ["create", "requirements.txt"]


def test_set_up__when_the_interpreter_is_gone__starts_over(project: Project) -> None:
    project.set_up(development=False)
    (project.folder / ".venv" / "bin" / "python").unlink()
    assert project.set_up(development=False) == ["create", "requirements.txt"]


def test_how_to_try__shows_a_log_in_and_an_upload_that_a_shell_takes(project: Project) -> None:
    pictures = project.folder / "fixtures" / "two words"
    pictures.mkdir(parents=True)
    (pictures / "a.jpg").touch()
    shown = project.dev.how_to_try("http://127.0.0.1:8000", demo=True)
    assert "root@example.com" in shown
    assert "http://127.0.0.1:8000/api/v1/images/orgs/acme/images/" in shown
    assert f"'{pictures}/a.jpg'" in shown


def test_how_to_try__without_the_demo__promises_no_log_in(project: Project) -> None:
    shown = project.dev.how_to_try("http://127.0.0.1:8000", demo=False)
    assert "root@example.com" not in shown
    assert "createsuperuser" in shown


def test_requirements__pin_the_same_versions_with_hashes() -> None:
    def pins(name: str) -> set[str]:
        lines = (DEV.parent / name).read_text().splitlines()
        return {line.removesuffix(" \\") for line in lines if line[:1].isalnum()}

    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert all("==" in pin for pin in development)
    assert runtime < development


def test_requirements__name_the_installer_that_dev_looks_for() -> None:
    lines = (DEV.parent / "requirements-dev.txt").read_text().splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("uv=="))
    assert lines[place + 1].startswith("    --hash=sha256:")


@pytest.mark.parametrize(
    ("host", "known", "shown"),
    [
        ("127.0.0.1", "localhost,127.0.0.1,[::1],127.0.0.1", "http://127.0.0.1:8123/"),
        ("localhost", "localhost,127.0.0.1,[::1],localhost", "http://localhost:8123/"),
        ("0.0.0.0", "*", "http://localhost:8123/"),  # noqa: S104  (as a phone needs it)
    ],
)
def test_run__answers_under_the_host_it_was_given(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    host: str,
    known: str,
    shown: str,
) -> None:
    served: list[list[str]] = []
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    monkeypatch.setattr(project.dev, "set_up", lambda **_: None)
    monkeypatch.setattr(project.dev, "call", lambda *_, **__: 0)
    monkeypatch.setattr(project.dev, "manage", served.append)
    project.dev.run(["--host", host, "--port", "8123"])
    assert os.environ.pop("ALLOWED_HOSTS") == known
    assert served == [["runserver", f"{host}:8123"]]
    assert shown in capsys.readouterr().out
