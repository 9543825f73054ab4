"""`manage.py warm_renditions`: what is missing everywhere, and nothing else, whatever fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

import gallery
from gallery import ledger
from gallery.models import Image, MediaFile
from gallery.renditions import backfill, key_source
from gallery.renditions.warmer import warm_instance
from orgs.models import Organization
from tests.conftest import Upload
from tests.factories import OrganizationFactory
from tests.gallery.heart import SETS, assert_nothing_lost, keys, on_disk, uploaded, watched_storage
from tests.gallery.management.warming import fail, forget, warm
from tests.gallery.renditions.adoption import keep
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return uploaded(organization, upload())


@pytest.fixture
def photo(upload: Upload) -> Photo:
    return Photo.objects.create(image=upload())


@pytest.fixture
def banner(monkeypatch: pytest.MonkeyPatch, media_root: Path, upload: Upload) -> str:
    monkeypatch.setattr(key_source, "_key_sources", {})
    keep(media_root, upload, "banners/a.jpg")
    gallery.register_source("banners", keys="banners/")
    return "banners/a.jpg"


def test_warm__nothing_missing__says_so_and_asks_no_storage(image: Image, photo: Photo) -> None:
    with watched_storage() as calls:
        assert warm() == "0 files made of 0 originals, 0 failed; 2 looked at\n"

    assert calls == []


@pytest.mark.parametrize("workers", ["1", "2", "5"])
def test_warm__some_missing__makes_these_for_every_source(
    workers: str, image: Image, photo: Photo, banner: str, media_root: Path
) -> None:
    missing = forget(media_root, rendition__in=["sm", "square"])
    before = {key: (media_root / key).stat().st_mtime_ns for key in on_disk(media_root)}

    said = warm("--workers", workers)

    assert said == "6 files made of 3 originals, 0 failed; 3 looked at\n"
    assert missing < keys(state="live")
    assert len(keys(source="banners", state="live")) == 5
    assert {key: (media_root / key).stat().st_mtime_ns for key in before} == before
    assert_nothing_lost(media_root)
    assert warm().startswith("0 files made")


@pytest.mark.parametrize(
    ("options", "made"),
    [
        (["--source", "banners"], {"banners"}),
        (["--source", "testapp.photo.image"], {"testapp.photo.image"}),
        (["--set", "photos"], {"testapp.photo.image"}),
        (["--set", "gallery"], {"gallery.image.file", "banners"}),
        (["--set", "photos", "--source", "banners"], set()),
        (["--org", "acme"], {"gallery.image.file"}),
        (["--org", "other"], set()),
    ],
)
def test_warm__a_part__leaves_the_rest(
    options: list[str], made: set[str], image: Image, photo: Photo, banner: str, media_root: Path
) -> None:
    OrganizationFactory.create(slug="other")
    forget(media_root)

    warm(*options)

    assert set(MediaFile.objects.exclude(original=None).values_list("source", flat=True)) == made


def test_warm__ids__are_those_of_the_source_or_of_images(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    images = [uploaded(organization, upload()) for _ in range(3)]
    photos = [Photo.objects.create(image=upload()) for _ in range(2)]
    forget(media_root)

    warm("--ids", str(images[0].pk), str(images[2].pk))
    warm("--source", "testapp.photo.image", "--ids", str(photos[1].pk))

    chosen = [images[0].original_key, images[2].original_key, photos[1].original_key]
    made = MediaFile.objects.exclude(original=None).values_list("original__key", flat=True)
    assert set(made) == set(chosen)


def test_warm__id_of_nobody__is_named_and_the_others_are_made(
    image: Image, media_root: Path
) -> None:
    forget(media_root)

    said, errors, code = fail("--ids", str(image.pk), "999")

    assert errors == "failed gallery.image.file 999 not_found\n"
    assert said == "4 files made of 1 originals, 1 failed; 1 looked at\n"
    assert code == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "nope"], "no rendition set 'nope'"),
        (["--source", "nope"], "no source 'nope'"),
        (["--org", "nope"], "no organisation 'nope'"),
        (["--org", "acme", "--source", "testapp.photo.image"], "no organisation"),
        (["--source", "banners", "--ids", "1"], "have no ids"),
        (["--ids", "one"], "'one' is no id of gallery.Image"),
        (["--ids", "9" * 30], "'9+' is no id of gallery.Image"),
        (["--source", "testapp.photo.image", "--ids", "7"], "'7' is no id of testapp.Photo"),
        (["--background"], "CELERY_BROKER_URL"),
        (["--background", "--overwrite"], "cannot --overwrite"),
        (["--background", "--workers", "2"], "not allowed with"),
        (["--workers", "0"], "positive"),
        (["--limit", "0"], "positive"),
    ],
)
def test_warm__used_wrongly__says_how(
    options: list[str], message: str, organization: Organization, banner: str
) -> None:
    with pytest.raises(CommandError, match=message):
        warm(*options)

    assert keys() == set()


def test_warm__some_fail__names_each_and_makes_the_others(
    organization: Organization, upload: Upload, banner: str, media_root: Path
) -> None:
    images = [uploaded(organization, upload()) for _ in range(3)]
    forget(media_root)
    (media_root / images[0].original_key).write_bytes(b"no picture")
    (media_root / images[1].original_key).unlink()
    (media_root / "banners/b.jpg").write_bytes(b"no picture either")

    said, errors, code = fail()

    assert sorted(errors.splitlines()) == sorted(
        [
            f"failed {images[0].original_key} unsupported_format",
            f"failed {images[1].original_key} original_gone",
            "failed banners/b.jpg unsupported_format",
        ]
    )
    assert said == "8 files made of 2 originals, 3 failed; 5 looked at\n"
    assert code == 1
    images[0].refresh_from_db()
    assert (images[0].status, images[0].error) == ("failed", "unsupported_format")


def test_warm__broken_without_a_code__does_not_stop_the_others(
    organization: Organization, upload: Upload, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = [uploaded(organization, upload()) for _ in range(2)]
    forget(media_root)

    def broken(instance: Any, **options: Any) -> Any:
        return 1 // 0 if instance.pk == images[0].pk else warm_instance(instance, **options)

    monkeypatch.setattr(backfill, "warm_instance", broken)

    assert fail()[1] == f"failed {images[0].original_key} crashed\n"
    assert len(keys(original__key=images[1].original_key)) == 4


def test_warm__given_up_before__is_tried_again_and_ready(image: Image, media_root: Path) -> None:
    good = (media_root / image.original_key).read_bytes()
    forget(media_root)
    (media_root / image.original_key).write_bytes(b"damaged")
    fail()
    (media_root / image.original_key).write_bytes(good)

    warm()

    image.refresh_from_db()
    assert (image.status, image.error) == ("ready", "")
    original = MediaFile.objects.get(key=image.original_key)
    assert (original.warming, original.warming_attempts) == ("ready", 0)


def test_warm__given_up_with_nothing_missing__is_ready(image: Image) -> None:
    ledger.fail_warming(image.original_key, "gave_up", is_final=True)
    image.record_warming("gave_up")

    assert warm("--dry-run").splitlines()[0] == f"would settle {image.original_key}"
    assert warm() == "0 files made of 1 originals, 0 failed; 1 looked at\n"
    image.refresh_from_db()
    assert image.status == "ready"
    assert warm("--dry-run").startswith("0 files")


def test_warm__part_of_what_is_missing__leaves_the_image_unready(
    image: Image, media_root: Path
) -> None:
    forget(media_root)
    ledger.fail_warming(image.original_key, "gave_up", is_final=True)
    image.record_warming("gave_up")

    warm("--set", "photos")

    image.refresh_from_db()
    assert image.status == "failed"


def test_warm__made_when_asked_for__is_made_too(
    settings: Any, organization: Organization, upload: Upload, banner: str
) -> None:
    settings.GALLERY = {"STRATEGY": "just_in_time"}
    uploaded(organization, upload())
    assert keys(original__isnull=False) == set()

    assert warm() == "8 files made of 2 originals, 0 failed; 2 looked at\n"


def test_warm__dry_run__names_every_file_and_changes_nothing(
    image: Image, banner: str, media_root: Path
) -> None:
    missing = forget(media_root, rendition="lg")
    rows, files = keys(), on_disk(media_root)

    *lines, last = warm("--dry-run").splitlines()

    names = ("thumb", "sm", "md", "lg")
    assert {line.removeprefix("would make ") for line in lines} == missing | {
        f"banners/a_{name}.webp" for name in names
    }
    assert last == "5 files of 2 originals would be made, 0 failed; 2 looked at"
    assert (keys(), on_disk(media_root)) == (rows, files)


def test_warm__limit__counts_what_has_something_to_do(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    images = [uploaded(organization, upload()) for _ in range(4)]
    for image in images[1:]:
        forget(media_root, original__key=image.original_key)

    assert warm("--limit", "2").startswith("8 files made of 2 originals")
    assert warm("--limit", "2").startswith("4 files made of 1 originals")


def test_warm__definition_changed__is_named_until_it_is_made_again(
    image: Image, upload: Upload, media_root: Path, settings: Any
) -> None:
    uploaded(image.organization, upload())
    pairs = {**dict(getattr(settings, SETS)["gallery"]), "thumb": "webp_crop__90x90-q65"}
    setattr(settings, SETS, {**getattr(settings, SETS), "gallery": list(pairs.items())})

    line, last = warm().splitlines()

    for part in (
        "2 files 'thumb' were made as webp_crop__160x160-q65, which is webp_crop__90x90-q65 now",
        "webp_crop__90x90-q65-v2",
        "--overwrite",
    ):
        assert part in line
    assert last.startswith("0 files made")

    assert warm("--overwrite") == "8 files made of 2 originals, 0 failed; 2 looked at\n"
    assert warm() == "0 files made of 0 originals, 0 failed; 2 looked at\n"
    thumb = MediaFile.objects.filter(rendition="thumb").first()
    assert thumb
    assert (thumb.width, thumb.height, thumb.fingerprint) == (90, 90, "webp_crop__90x90-q65")
    assert (media_root / thumb.key).stat().st_size == thumb.size
