"""Upload and attach: both or neither, whatever fails and whoever comes in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from gallery import ledger, tasks
from gallery.exceptions import Corrupt, GalleryFull, ObjectGone, StorageUnavailable
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile, PolymorphicImageRelation
from gallery.services import attachments
from gallery.services.locked_gallery import LockedGallery
from gallery.storage import LocalStorage
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.api.harness import assert_nothing_stored, laid_out, stored_files
from tests.gallery.heart import age, assert_nothing_lost, keys, on_disk, watched_storage
from tests.testapp.models import Album, Card, Page

SMALL = (40, 30)
real_commits = pytest.mark.django_db(transaction=True)
pytestmark = pytest.mark.django_db


def add(obj: Any, upload: Any, **values: Any) -> PolymorphicImageRelation:
    return attachments.upload_and_attach(obj=obj, creator=None, upload=upload, **values)


@real_commits
def test_upload_and_attach__is_an_image_of_the_library_with_a_place(
    album: Album, member: User, organization: Organization, upload: Upload, media_root: Path
) -> None:
    relation = attachments.upload_and_attach(
        obj=album,
        creator=member,
        upload=upload("a.png", SMALL),
        description={"title": "title", "alt_text": "alt", "visibility": "private"},
        custom_title="here",
        focal_point=FocalPoint(10, 20),
    )

    image = Image.objects.get()
    assert relation.image == image
    assert (relation.image.status, image.status) == ("ready", "ready")
    assert (image.organization, image.creator, image.file_name) == (organization, member, "a.png")
    assert (image.title, image.alt_text, image.visibility) == ("title", "alt", "private")
    stored = PolymorphicImageRelation.objects.get()
    assert (stored.pk, stored.title, stored.alt_text) == (relation.pk, "here", "alt")
    assert (stored.own_focal_point, image.focal_point.is_center) == (FocalPoint(10, 20), True)
    assert laid_out(album) == ([image.pk], image.pk)
    assert len(stored_files(media_root)) == 6  # with a thumb on either focal point
    assert_nothing_lost(media_root)


@pytest.mark.parametrize("model", [Page, Card])
def test_upload_and_attach__to_an_object_that_reaches_its_organization__is_that_ones(
    album: Album, upload: Upload, model: Any
) -> None:
    obj = model(album=album)
    obj.pk = "about" if model is Page else obj.pk
    obj.save()

    relation = add(obj, upload(size=SMALL))

    assert relation.organization == relation.image.organization == album.organization
    assert relation.content_object == obj


def test_upload_and_attach__with_a_place__moves_the_others(album: Album, upload: Upload) -> None:
    first, second = (add(album, upload(size=SMALL)).image_id for _ in range(2))

    third = add(album, upload(size=SMALL), order=1, is_cover=True).image_id

    assert laid_out(album) == ([first, third, second], third)


def test_upload_and_attach__full_gallery__is_refused_before_the_storage_is_asked(
    album: Album, upload: Upload, settings: Any
) -> None:
    settings.GALLERY = {"MAX_PER_OBJECT": 1}
    [image_id] = [add(album, upload(size=SMALL)).image_id]

    with watched_storage() as calls, pytest.raises(GalleryFull):
        add(album, upload(size=SMALL))

    assert calls == []
    assert laid_out(album) == ([image_id], image_id)
    assert Image.objects.count() == 1


def test_upload_and_attach__no_picture__leaves_nothing(album: Album, media_root: Path) -> None:
    with pytest.raises(Corrupt):
        add(album, SimpleUploadedFile("x.jpg", b"\xff\xd8\xff\xe0 no"))

    assert laid_out(album) == ([], None)
    assert_nothing_stored(media_root)


def test_upload_and_attach_each__one_refused__the_others_are_attached_in_order(
    album: Album, upload: Upload
) -> None:
    text = SimpleUploadedFile("a.txt", b"just text")
    images, failures = attachments.upload_and_attach_each(
        obj=album, creator=None, uploads=[upload("1.jpg", SMALL), text, upload("2.png", SMALL)]
    )

    assert [image.file_name for image in images] == ["1.jpg", "2.png"]
    assert [(each.index, each.file, each.error.code) for each in failures] == [
        (1, "a.txt", "unsupported_format")
    ]
    assert laid_out(album) == ([image.pk for image in images], images[0].pk)


def test_upload_and_attach_each__more_than_fit__those_that_fit_are_attached(
    album: Album, upload: Upload, settings: Any
) -> None:
    settings.GALLERY = {"MAX_PER_OBJECT": 2}
    images, failures = attachments.upload_and_attach_each(
        obj=album, creator=None, uploads=[upload(f"{number}.jpg", SMALL) for number in range(4)]
    )

    assert [image.file_name for image in images] == ["0.jpg", "1.jpg"]
    assert [(each.index, each.error.code) for each in failures] == [
        *((2, "gallery_full"), (3, "gallery_full"))
    ]
    assert Image.objects.count() == 2


# --- what happens between the file and the row --------------------------------------------------


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do `act` once, right after the next file is stored."""
    put = LocalStorage.put

    def put_and_act(*args: Any, **kwargs: Any) -> None:
        put(*args, **kwargs)
        monkeypatch.setattr(LocalStorage, "put", put)
        act()

    monkeypatch.setattr(LocalStorage, "put", put_and_act)


@real_commits
def test_upload_and_attach__gallery_filled_by_others_meanwhile__leaves_nothing(
    album: Album, upload: Upload, settings: Any, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GALLERY = {"MAX_PER_OBJECT": 1}
    theirs: list[int] = []
    meanwhile(monkeypatch, lambda: theirs.append(add(album, upload("theirs.png", SMALL)).image_id))

    with pytest.raises(GalleryFull):
        add(album, upload("mine.jpg", SMALL))

    assert laid_out(album) == (theirs, theirs[0])
    assert {key.rsplit(".", 1)[1] for key in on_disk(media_root)} == {"png", "webp"}
    assert on_disk(media_root) == keys() == keys(state="live")
    assert_nothing_lost(media_root)


@real_commits
def test_upload_and_attach__object_deleted_meanwhile__leaves_nothing(
    album: Album, upload: Upload, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, Album.objects.all().delete)

    with pytest.raises(ObjectGone):
        add(album, upload(size=SMALL))

    assert_nothing_stored(media_root)


@real_commits
@pytest.mark.parametrize("step", ["add", "place"])
def test_upload_and_attach__attaching_fails__leaves_nothing(
    album: Album,
    upload: Upload,
    media_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    do = getattr(LockedGallery, step)

    def crash(*args: Any, **kwargs: Any) -> None:
        do(*args, **kwargs)
        assert Image.objects.exists()  # the file is stored and its row is written
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(LockedGallery, step, crash)
        with pytest.raises(RuntimeError):
            add(album, upload(size=SMALL), order=0)

    assert_nothing_lost(media_root)
    assert_nothing_stored(media_root)
    assert laid_out(album) == ([], None)
    add(album, upload(size=SMALL))
    assert len(keys(state="live")) == 5


@real_commits
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", [1, 2, 3, 6, 7])
def test_upload_and_attach__storage_fails__is_refused_or_warmed_later(
    album: Album, upload: Upload, media_root: Path, call: int, after: bool
) -> None:
    """Calls of the storage: put the original; open it, then put two thumbs and the others."""
    with watched_storage(fail_at=call, after=after) as calls:
        try:
            add(album, upload(size=SMALL), focal_point=FocalPoint(0, 0))
        except StorageUnavailable:
            assert call == 1
            assert laid_out(album) == ([], None)
    assert len(calls) >= call

    assert_nothing_lost(media_root)
    assert PolymorphicImageRelation.objects.count() == Image.objects.count()
    for image in Image.objects.all():
        assert call > 1
        assert laid_out(album) == ([image.pk], image.pk)
        tasks.finish("gallery.image.file", image.pk)
        assert len(keys(state="live")) == 6
    age()
    ledger.sweep()
    assert on_disk(media_root) == keys() == keys(state="live")
    assert MediaFile.objects.count() == (0 if call == 1 else 6)
