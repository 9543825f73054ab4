"""`manage.py backfill_image_variants`: what images of the library lack, and nothing else."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from gallery.models import Image, MediaFile
from orgs.models import Organization
from tests.conftest import Upload
from tests.factories import OrganizationFactory
from tests.gallery.heart import assert_nothing_lost, keys, on_disk, uploaded, watched_storage
from tests.gallery.management.warming import forget
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def images(organization: Organization, upload: Upload) -> list[Image]:
    return [uploaded(organization, upload()) for _ in range(3)]


def backfill(*arguments: str) -> str:
    output = StringIO()
    call_command("backfill_image_variants", *arguments, stdout=output)
    return output.getvalue()


def test_backfill__renditions_and_objects_of_others_missing__makes_those_of_images(
    images: list[Image], upload: Upload, media_root: Path
) -> None:
    Photo.objects.create(image=upload())
    missing = forget(media_root, rendition__in=["md", "square"])

    with watched_storage() as calls:
        assert backfill() == "3 files made of 3 originals, 0 failed; 3 looked at\n"

    assert sorted(calls) == ["put"] * 3 + ["read"] * 3
    assert {key for key in missing if "_md" in key} < keys(state="live")
    assert keys(rendition="square") == set()
    assert_nothing_lost(media_root)


@pytest.mark.parametrize("how", ["org", "ids", "limit"])
def test_backfill__a_part__leaves_the_rest(
    how: str, images: list[Image], upload: Upload, media_root: Path
) -> None:
    other = uploaded(OrganizationFactory.create(slug="other"), upload())
    forget(media_root)

    chosen = {"org": ["other"], "ids": [str(other.pk)], "limit": ["1"]}[how]

    assert backfill(f"--{how}", *chosen).startswith("4 files made of 1 originals")
    key = images[0].original_key if how == "limit" else other.original_key
    assert len(keys(original__key=key)) == 4


def test_backfill__dry_run__changes_nothing(images: list[Image], media_root: Path) -> None:
    missing = forget(media_root, rendition="sm")
    before = on_disk(media_root)

    *lines, last = backfill("--dry-run").splitlines()

    assert set(lines) == {f"would make {key}" for key in missing}
    assert last == "3 files of 3 originals would be made, 0 failed; 3 looked at"
    assert on_disk(media_root) == before == keys()


def test_backfill__verbose__has_a_line_for_each_image(
    images: list[Image], media_root: Path
) -> None:
    forget(media_root, original__key__in=[image.original_key for image in images[:2]])
    (media_root / images[1].original_key).write_bytes(b"damaged")
    output, errors = StringIO(), StringIO()

    with pytest.raises(CommandError) as caught:
        call_command("backfill_image_variants", "--verbose", stdout=output, stderr=errors)

    *lines, last = output.getvalue().splitlines()
    made, failed = sorted(lines, key=lambda line: int(line.split()[0]))
    start = f"{images[0].pk} {images[0].original_key}: "
    assert made.startswith(start)
    assert set(made.removeprefix(start).split(", ")) == {
        *("thumb.webp", "sm.webp", "md.webp", "lg.webp")
    }
    assert failed == f"{images[1].pk} {images[1].original_key}: unsupported_format"
    assert errors.getvalue() == f"failed {images[1].original_key} unsupported_format\n"
    assert (caught.value.returncode, last) == (
        *(1, "4 files made of 1 originals, 1 failed; 3 looked at"),
    )


def test_backfill__definition_changed__names_the_other_command(images: list[Image]) -> None:
    MediaFile.objects.filter(rendition="lg").update(fingerprint="webp_fit__9x9-q85")

    line, _ = backfill().splitlines()

    assert line.startswith("3 files 'lg' were made as webp_fit__9x9-q85")
    assert "warm_renditions --overwrite" in line


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--org", "nope"], "no organisation 'nope'"),
        (["--ids", "x"], "'x' is no id"),
        (["--limit", "-1"], "positive"),
    ],
)
def test_backfill__used_wrongly__says_how(db: None, options: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        backfill(*options)
