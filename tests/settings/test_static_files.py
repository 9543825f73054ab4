"""Static files of production: found, hashed, and naming each other by their hashes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management import call_command


def test_collectstatic__in_production__lets_modules_import_each_other_by_hash(
    settings: Any, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "settings.static_files.StaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)

    folder = settings.STATIC_ROOT / "gallery"
    hashed = [path for path in folder.glob("*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)]
    assert hashed
    for path in hashed:
        for url in re.findall(r'from "\./([^"]+)"', path.read_text("utf-8")):
            assert re.search(r"\.[0-9a-f]{12}\.js$", url), (path.name, url)
            assert (folder / url).exists()
