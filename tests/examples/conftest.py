"""The examples on a running site: in a browser, in Node.js and in Python."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from orgs.models import Membership, Organization, Role
from tests.browser.conftest import (
    browser,
    context,
    faults,
    log_in,
    log_in_to,
    noise_file,
    page,
    picture_file,
)
from tests.examples.site import EXAMPLES
from tests.factories import PASSWORD, MembershipFactory
from tooling.environment import VENV

__all__ = [
    "browser",
    "context",
    "faults",
    "log_in",
    "log_in_to",
    "noise_file",
    "page",
    "picture_file",
]

SECONDS = 240  # for one program

Npm = Callable[..., None]
Program = Callable[..., str]


def run(*command: str, folder: Path, **variables: str) -> str:
    """Run a program to its end; return what it printed, or fail with that."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


@pytest.fixture(scope="session")
def node() -> str:
    """Return the Node.js of requirements-node.txt, which must be first on the path for npm."""
    found = VENV / "bin" / "node"
    if not found.exists():
        pytest.fail("Node.js is not installed: run ./dev test --examples")
    return str(found)


@pytest.fixture(scope="session")
def npm(node: str) -> Npm:
    """Return a function that runs a script of an example, whose packages it installs first."""

    path = os.pathsep.join([str(Path(node).parent), os.environ["PATH"]])

    @cache
    def install(folder: Path) -> None:
        run("npm", "ci", "--no-audit", "--no-fund", folder=folder, PATH=path)

    def run_script(example: str, script: str) -> None:
        install(EXAMPLES / example)
        run("npm", "run", script, folder=EXAMPLES / example, PATH=path)

    return run_script


@pytest.fixture(autouse=True)
def with_examples(settings: Any) -> None:
    """Serve the examples too."""
    settings.ROOT_URLCONF = "tests.examples.site"


@pytest.fixture
def membership(organization: Organization) -> Membership:
    """Return the one whose user the programs log in as."""
    return MembershipFactory.create(organization=organization, role=Role.MEMBER)


@pytest.fixture
def program(live_server: LiveServer, membership: Membership) -> Program:
    """Return a function that runs a program which is told where the site is and how to log in."""

    def start(*command: str, folder: Path) -> str:
        who = {"EMAIL": membership.user.email, "PASSWORD": PASSWORD}
        return run(*command, folder=folder, SITE=live_server.url, **who)

    return start
