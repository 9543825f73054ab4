"""schemathesis against a running server, with the committed description: nothing it finds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User
from orgs.models import Organization
from tests.conftest import Upload
from tests.factories import ProductFactory
from tests.gallery.api.harness import attach
from tests.gallery.heart import uploaded

ROOT = Path(__file__).resolve().parents[2]
# Enough to meet every rule of the description in every operation, and to be done in minutes.
EXAMPLES = 15

pytestmark = [pytest.mark.contract, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def configuration(organization: Organization, tmp_path: Path) -> Path:
    """Return the project's configuration, with the object that is there in this database."""
    text = (ROOT / "schemathesis.toml").read_text("utf-8")
    demo = '"path.obj_id" = "1"'
    assert demo in text
    file = tmp_path / "schemathesis.toml"
    file.write_text(text.replace(demo, f'"path.obj_id" = "{organization.pk}"'), "utf-8")
    return file


@pytest.mark.timeout(1200)
def test_api__talked_to_by_schemathesis__is_what_it_says(
    live_server: Any,
    organization: Organization,
    superuser: User,
    upload: Upload,
    configuration: Path,
) -> None:
    images = [uploaded(organization, upload(size=(40, 30))) for _ in range(4)]
    for number, image in enumerate(images[:2]):
        attach(image, organization, order=number, is_cover=number == 0)
    product = ProductFactory.create(organization=organization, slug="harbour-print")
    attach(images[3], product, order=0, is_cover=True)
    program = Path(sys.executable).with_name("schemathesis")
    command = [
        *(str(program), "--config-file", str(configuration), "run", "docs/openapi.yaml"),
        *("--url", live_server.url, "--checks", "all", "--max-examples", str(EXAMPLES)),
        *("--header", f"Authorization: Bearer {AccessToken.for_user(superuser)}"),
    ]
    # The hooks are a module of ours, before any other that is called `tests`.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    # All of them, and not none of them because of a mistake in the configuration.
    operations = (ROOT / "docs/openapi.yaml").read_text("utf-8").count("operationId:")
    assert f"Tested: {operations}" in done.stdout
