"""`manage.py import_images`: what cannot be imported is named, and everything else is imported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import BaseCommand, CommandError

from gallery.management.commands import import_images, record_originals
from gallery.models import Image
from gallery.services.import_rows import Candidate, Plan
from gallery.services.importing import Outcome, bring_in
from orgs.models import Organization
from tests.conftest import Upload
from tests.factories import OrganizationFactory
from tests.gallery.heart import assert_nothing_lost, keys
from tests.gallery.management.former import (
    LEGACY,
    VERSATILE,
    fail,
    gallery_of,
    legacy,
    run,
    versatile,
)
from tests.testapp.models import Album, LegacyPhoto
from tests.testapp.storage import PrivateStorage

pytestmark = pytest.mark.django_db(transaction=True)
ACME = ("--organization", "acme")


@pytest.fixture
def album(organization: Organization) -> Album:
    return Album.objects.create(organization=organization)


def test_import__files_that_are_none__are_named_and_mended_by_another_run(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    rows = [
        LegacyPhoto.objects.create(picture="legacy/gone.jpg"),
        legacy(SimpleUploadedFile("text.jpg", b"no picture")),
        legacy(SimpleUploadedFile("cut.jpg", upload().read()[:2000])),
        LegacyPhoto.objects.create(picture="../outside.jpg"),
        LegacyPhoto.objects.create(picture="legacy"),
        legacy(upload("long.jpg"), caption="x" * 300),
    ]
    legacy(upload("good.jpg"), caption="Good")
    arguments = ("import_images", LEGACY, *ACME, "--title-field", "caption")

    said, errors, code = fail(*arguments)

    assert [line.split()[2:] for line in errors] == [
        [str(row.pk), row.picture.name, reason]
        for row, reason in zip(
            rows,
            [
                *("original_gone", "unsupported_format", "corrupt", "invalid_key"),
                *("storage_unavailable", "title_too_long"),
            ],
            strict=True,
        )
    ]
    assert said.startswith("1 imported, 0 attached, 0 there already, 6 failed; 7 rows")
    assert code == 1
    assert Image.objects.get().title == "Good"
    assert_nothing_lost(media_root)
    PrivateStorage().save("legacy/gone.jpg", upload("gone.jpg"))
    said, errors, _ = fail(*arguments)
    assert said.startswith("1 imported, 0 attached, 1 there already, 5 failed")


def test_import__file_too_large__is_not_read_to_its_end(
    organization: Organization, upload: Upload, settings: Any
) -> None:
    legacy(upload("a.jpg"))
    settings.GALLERY = {**settings.GALLERY, "MAX_UPLOAD_BYTES": 100}

    _, [error], _ = fail("import_images", LEGACY, *ACME)

    assert error.endswith("legacy/a.jpg too_large")


def test_import__album_of_another_organisation__stores_nothing(
    organization: Organization, upload: Upload, album: Album
) -> None:
    OrganizationFactory.create(slug="other")
    legacy(upload("a.jpg"), album=album)

    _, [error], _ = fail("import_images", LEGACY, "--organization", "other", "--attach-to", "album")

    assert error.endswith("legacy/a.jpg not_attachable")
    assert keys() == set()
    assert not Image.objects.exists()


def test_import__imported_by_another_organisation__is_refused(
    organization: Organization, upload: Upload
) -> None:
    OrganizationFactory.create(slug="other")
    legacy(upload("a.jpg"))
    run("import_images", LEGACY, *ACME)

    _, [error], _ = fail("import_images", LEGACY, "--organization", "other")

    assert error.endswith("legacy/a.jpg other_organization")
    assert Image.objects.get().organization == organization


@pytest.mark.parametrize("how", ["import", "dry-run"])
def test_import__row_without_organisation_or_object__is_named(
    how: str, organization: Organization, upload: Upload
) -> None:
    legacy(upload("a.jpg"))
    options = ["--dry-run"] if how == "dry-run" else []

    _, [no_organization], _ = fail(
        *("import_images", LEGACY, "--organization-path", "album__organization", *options)
    )
    _, [no_object], _ = fail("import_images", LEGACY, "--attach-to", "album", *options)

    assert no_organization.endswith("legacy/a.jpg no_organization")
    assert no_object.endswith("legacy/a.jpg no_object")


def test_import__gallery_full__keeps_no_file_of_the_rest(
    upload: Upload, album: Album, settings: Any, media_root: Path
) -> None:
    settings.GALLERY = {**settings.GALLERY, "MAX_PER_OBJECT": 1}
    legacy(upload("a.jpg"), album=album, caption="a")
    legacy(upload("b.jpg"), album=album, caption="b")

    _, [error], _ = fail(
        "import_images", LEGACY, "--attach-to", "album", "--title-field", "caption"
    )

    assert error.endswith("legacy/b.jpg gallery_full")
    assert gallery_of(album) == [("a", True)]
    assert len(keys()) == 5
    assert_nothing_lost(media_root)


def test_import__attached_to_a_row_that_nobody_can_read__is_named(
    organization: Organization, upload: Upload
) -> None:
    versatile(upload("a.jpg"), "9x9", organization=organization)

    _, [error], _ = fail("import_images", VERSATILE, "--attach")

    assert error.endswith("versatile/a.jpg invalid_ppoi")
    assert keys() == set()


def test_import__ctrl_c__sums_up(
    organization: Organization, upload: Upload, monkeypatch: pytest.MonkeyPatch, media_root: Path
) -> None:
    for name in ("a.jpg", "b.jpg"):
        legacy(upload(name))

    def interrupted(plan: Plan, candidate: Candidate) -> Outcome:
        if Image.objects.exists():
            raise KeyboardInterrupt
        return bring_in(plan, candidate)

    monkeypatch.setattr(import_images, "bring_in", interrupted)

    said, errors, code = fail("import_images", LEGACY, *ACME)

    assert said.startswith("1 imported, 0 attached, 0 there already, 0 failed; 2 rows")
    assert (errors, code) == ([], 130)
    assert_nothing_lost(media_root)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (
            import_images.Command,
            (
                "organization attach attach-to order-by title-field alt-field description-field "
                "organization-path creator visibility dry-run verify limit batch-size"
            ),
        ),
        (record_originals.Command, "dry-run limit"),
    ],
    ids=["import", "record"],
)
def test_help__of_both_commands__tells_of_every_option(
    command: type[BaseCommand], options: str
) -> None:
    shown = command().create_parser("manage.py", "it").format_help()

    assert all(f"--{option} " in shown.replace("\n", " ") for option in options.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "no model field"),
        (["testapp.LegacyPhoto.nothing"], "no model field"),
        (["testapp.LegacyPhoto.caption"], "no field of files"),
        (["gallery.Image.file"], "images of the library already"),
        ([LEGACY], "Say whose"),
        ([LEGACY, "--organization", "nope"], "no organisation 'nope'"),
        ([LEGACY, "--organization-path", "album"], "does not lead"),
        ([LEGACY, "--organization-path", "album__gallery"], "to many objects"),
        ([LEGACY, "--organization-path", "albom"], "has no 'albom'"),
        ([LEGACY, "--attach"], "testapp.LegacyPhoto has no gallery"),
        ([LEGACY, "--attach-to", "caption"], "has no gallery"),
        ([LEGACY, *ACME, "--title-field", "titel"], "has no 'titel'"),
        ([LEGACY, *ACME, "--order-by=-plaice"], "has no 'plaice'"),
        ([LEGACY, *ACME, "--creator", "nobody@example.com"], "no user"),
        ([LEGACY, *ACME, "--limit", "0"], "positive"),
    ],
    ids=[
        *("text", "field", "no-files", "own", "whose", "slug", "path", "many", "no-path"),
        *("no-gallery", "no-object", "title", "order", "creator", "limit"),
    ],
)
def test_import__used_wrongly__says_how(
    organization: Organization, arguments: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run("import_images", *arguments)
