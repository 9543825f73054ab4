"""The clients that run without a browser."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from gallery.models import Image
from orgs.models import Membership
from tests.browser.conftest import PictureFile
from tests.examples.conftest import Npm, Program
from tests.examples.servers import lossy
from tests.examples.site import EXAMPLES
from tests.factories import PASSWORD

pytestmark = [pytest.mark.examples, pytest.mark.django_db(transaction=True)]

HERE = Path(__file__).parent


@pytest.fixture
def pictures(picture_file: PictureFile) -> list[str]:
    return [str(picture_file(name)) for name in ("harbour.jpg", 'fox "über".png')]


def test_javascript__in_node(node: str, program: Program, pictures: list[str]) -> None:
    printed = program(node, "--test", "--test-reporter=tap", "gallery-client.test.mjs", folder=HERE)
    assert "# fail 0" in printed


def test_typescript__generated_compiled_and_run(
    npm: Npm, node: str, program: Program, pictures: list[str]
) -> None:
    npm("typescript", "build")
    printed = program(node, "dist/main.js", "acme", *pictures, folder=EXAMPLES / "typescript")
    assert printed.splitlines() == [
        '0 fox "über".png 0.25x0.5',
        "1 harbour.jpg 0.25x0.5 cover",
    ]


def test_python__over_a_bad_connection(
    live_server: LiveServer, membership: Membership, program: Program, pictures: list[str]
) -> None:
    with lossy(live_server.url) as site:
        arguments = (site.url, membership.user.email, PASSWORD, "acme", *pictures)
        printed = program(sys.executable, "client.py", *arguments, folder=EXAMPLES / "python")
    assert printed.splitlines() == [
        "harbour {'x': 0.5, 'y': 0.5} ",
        "fox \"über\" {'x': 0.25, 'y': 0.5} cover",
    ]
    names = [each.file_name for each in Image.objects.order_by("pk")]
    assert names == ["harbour.jpg", 'fox "über".png']
    assert len(site.keys) == 3
    assert len(set(site.keys)) == 2
