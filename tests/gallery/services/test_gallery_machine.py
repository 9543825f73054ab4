"""Whatever is done to galleries, and in whatever order, they and the ledger are as a model says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gallery import ledger
from gallery.exceptions import (
    GalleryFull,
    ImageInUse,
    NotAttached,
    ObjectGone,
    OrderMismatch,
    UnknownImages,
)
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, PolymorphicImageRelation
from gallery.services import attachments
from gallery.services.editing import update_image
from gallery.services.locked_gallery import Placement
from gallery.services.removal import delete_image
from gallery.services.uploads import replace_file
from orgs.models import Organization
from tests.conftest import Upload
from tests.factories import OrganizationFactory
from tests.gallery.heart import SETS, age, assert_nothing_lost, keys, on_disk, uploaded
from tests.gallery.services.shelves import SMALL, Library, Shelf
from tests.testapp.models import Album

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1200)]

OURS = range(5)
THEIRS = 5
LIMIT = 4
PIXELS = 5
"""How often one example may do what has pictures drawn: that takes time."""

ALBUM = st.sampled_from([0, 1])
IMAGE = st.sampled_from(OURS)
ANY_IMAGE = st.sampled_from([*OURS, THEIRS])
ANY_IMAGES = st.lists(IMAGE, max_size=4) | st.lists(ANY_IMAGE, max_size=3)
POINTS = [FocalPoint(30, 70), FocalPoint(10, 10), FocalPoint.CENTER]
POINT = st.sampled_from(POINTS)
PLACE: dict[str, Any] = {"order": st.integers(0, 5), "is_cover": st.booleans()}
PLACEMENT = st.fixed_dictionaries({}, optional=PLACE)
CROPPED = st.fixed_dictionaries({"focal_point": st.sampled_from([*POINTS, None])}, optional=PLACE)


class Galleries(RuleBasedStateMachine):
    """Two albums that share images, and an image of somebody else's."""

    def __init__(self, library: Library, ours: Organization, theirs: Organization) -> None:
        super().__init__()
        library.clear()
        cast("Any", Album._base_manager.all())._raw_delete("default")
        self.library, self.organization = library, ours
        images = [*library.add(len(OURS), ours), *library.add(1, theirs)]
        self.images = dict(enumerate(images))
        self.there = set(OURS)
        self.points = dict.fromkeys(self.images, FocalPoint.CENTER)
        self.albums = [Album.objects.create(organization=ours) for _ in range(2)]
        self.shelves = [Shelf(), Shelf()]
        self.pixels, self.is_settled = PIXELS, False

    # --- What can be done -------------------------------------------------------------------------

    @initialize(one=ANY_IMAGES, other=ANY_IMAGES)
    def fill(self, one: list[int], other: list[int]) -> None:
        self.bulk_attach(0, one)
        self.bulk_attach(1, other)

    @rule(album=ALBUM, image=ANY_IMAGE, placement=PLACEMENT)
    def attach(self, album: int, image: int, placement: Placement) -> None:
        obj, shelf = self.albums[album], self.shelves[album]
        work = partial(attachments.attach, obj=obj, image=self.images[image], **placement)
        if self.done(work, refused=self.refusal(shelf, [image])):
            shelf.add([image])
            shelf.place(image, placement)

    @rule(album=ALBUM, images=ANY_IMAGES)
    def bulk_attach(self, album: int, images: list[int]) -> None:
        obj, shelf = self.albums[album], self.shelves[album]
        work = partial(attachments.bulk_attach, obj=obj, image_ids=self.ids(images))
        if self.done(work, refused=self.refusal(shelf, images)):
            shelf.add(images)

    @rule(album=ALBUM, image=ANY_IMAGE)
    def detach(self, album: int, image: int) -> None:
        obj, shelf = self.albums[album], self.shelves[album]
        work = partial(attachments.detach, obj=obj, image_id=self.images[image].pk)
        if self.done(work, refused=not_in(shelf, image)):
            self.is_settled |= image in shelf.points
            shelf.remove([image])

    @rule(album=ALBUM, images=ANY_IMAGES)
    def bulk_detach(self, album: int, images: list[int]) -> None:
        obj, shelf = self.albums[album], self.shelves[album]
        work = partial(attachments.bulk_detach, obj=obj, image_ids=self.ids(images))
        if self.done(work, refused=None if self.there.issuperset(images) else UnknownImages):
            self.is_settled |= not shelf.points.keys().isdisjoint(images)
            shelf.remove(images)

    @rule(album=ALBUM, order=st.permutations(OURS), extra=st.none() | ANY_IMAGE)
    def reorder(self, album: int, order: Sequence[int], extra: int | None) -> None:
        obj, shelf = self.albums[album], self.shelves[album]
        images = [image for image in order if image in shelf.images]
        wrong = [] if extra is None else [extra]
        work = partial(attachments.reorder, obj=obj, image_ids=self.ids([*images, *wrong]))
        if self.done(work, refused=OrderMismatch if wrong else None):
            shelf.images = images

    @rule(album=ALBUM, image=ANY_IMAGE)
    def set_cover(self, album: int, image: int) -> None:
        obj, shelf = self.albums[album], self.shelves[album]
        work = partial(attachments.set_cover, obj=obj, image_id=self.images[image].pk)
        if self.done(work, refused=not_in(shelf, image)):
            shelf.cover = image

    @rule(album=ALBUM)
    def unset_cover(self, album: int) -> None:
        attachments.unset_cover(obj=self.albums[album])
        self.shelves[album].cover = None

    @rule(album=ALBUM, image=ANY_IMAGE, placement=PLACEMENT)
    def update_relation(self, album: int, image: int, placement: Placement) -> None:
        obj, shelf, image_id = self.albums[album], self.shelves[album], self.images[image].pk
        work = partial(attachments.update_relation, obj=obj, image_id=image_id, **placement)
        if self.done(work, refused=not_in(shelf, image)):
            shelf.place(image, placement)

    @precondition(lambda self: self.pixels and self.attached())
    @rule(number=st.integers(0, 2 * LIMIT - 1), placement=CROPPED)
    def crop_here(self, number: int, placement: Placement) -> None:
        album, image = self.attached()[number % len(self.attached())]
        self.update_relation(album, image, placement)
        self.draw()

    @precondition(lambda self: self.pixels and self.there)
    @rule(number=IMAGE, point=POINT)
    def crop_everywhere(self, number: int, point: FocalPoint) -> None:
        image = sorted(self.there)[number % len(self.there)]
        update_image(image=self.images[image], focal_point=point)
        self.points[image] = point
        self.draw()

    @precondition(lambda self: self.pixels)
    @rule(image=IMAGE, is_cropped=st.booleans(), point=POINT)
    def replace_file(self, image: int, is_cropped: bool, point: FocalPoint) -> None:
        cropped = sorted({*self.shelves[0].points, *self.shelves[1].points})
        if cropped and is_cropped:
            image = cropped[image % len(cropped)]
        file = SimpleUploadedFile("other.png", self.library.contents[0])
        work = partial(replace_file, image=self.images[image], upload=file, focal_point=point)
        if self.done(work, refused=None if image in self.there else Image.DoesNotExist):
            self.points[image] = point
            for shelf in self.shelves:
                shelf.points.pop(image, None)
            self.draw()

    @rule(image=IMAGE, force=st.booleans())
    def delete_image(self, image: int, force: bool) -> None:
        is_used = any(image in shelf.images for shelf in self.shelves)
        work = partial(delete_image, image=self.images[image], force=force)
        if self.done(work, refused=ImageInUse if is_used and not force else None):
            self.there.discard(image)
            self.is_settled = True
            for shelf in self.shelves:
                shelf.remove([image])

    @precondition(lambda self: len(self.there) < len(OURS))
    @rule()
    def add_image(self) -> None:
        image = min(set(OURS) - self.there)
        [self.images[image]] = self.library.add(1, self.organization)
        self.points[image] = FocalPoint.CENTER
        self.there.add(image)

    @precondition(lambda self: any(len(shelf.images) > 1 for shelf in self.shelves))
    @rule(album=ALBUM)
    def delete_album_and_make_another(self, album: int) -> None:
        gone = copy(self.albums[album])
        self.albums[album].delete()
        self.done(partial(attachments.unset_cover, obj=gone), refused=ObjectGone)
        self.albums[album] = Album.objects.create(organization=self.organization)
        self.shelves[album] = Shelf()
        self.is_settled = True

    @precondition(lambda self: not self.pixels)
    @rule()
    def sweep(self) -> None:
        age()
        ledger.sweep()
        assert on_disk(self.library.media_root) == keys() == keys(state="live")
        assert_nothing_lost(self.library.media_root)

    # --- What must hold ---------------------------------------------------------------------------

    @invariant()
    def galleries_are_as_the_model_says(self) -> None:
        found = PolymorphicImageRelation.objects.order_by().values_list(
            "object_id", "order", "image_id", "is_cover", "ppoi"
        )
        expected = [
            (
                str(album.pk),
                place,
                self.images[image].pk,
                image == shelf.cover,
                shelf.points[image].fractions if image in shelf.points else None,
            )
            for album, shelf in zip(self.albums, self.shelves, strict=True)
            for place, image in enumerate(shelf.images)
        ]
        assert sorted(found) == sorted(expected)

    @invariant()
    def renditions_are_those_that_are_asked_for(self) -> None:
        if not self.is_settled:
            return
        self.is_settled = False
        images = dict(Image.objects.values_list("pk", "file"))
        assert images.keys() == {self.images[image].pk for image in (*self.there, THEIRS)}
        expected: set[str] = set()
        for image in (*self.there, THEIRS):
            own = {shelf.points[image] for shelf in self.shelves if image in shelf.points}
            expected |= files_of(images[self.images[image].pk], {self.points[image], *own})
        assert keys(state="live") == expected

    def done(self, work: Callable[[], object], *, refused: type[Exception] | None) -> bool:
        """Do it, or be refused as expected; tell whether it was done."""
        with pytest.raises(refused) if refused else nullcontext():
            work()
        return refused is None

    def draw(self) -> None:
        self.pixels, self.is_settled = self.pixels - 1, True

    def attached(self) -> list[tuple[int, int]]:
        """Every use: its album and its image."""
        return [(album, image) for album in (0, 1) for image in self.shelves[album].images]

    def ids(self, images: Iterable[int]) -> list[int]:
        return [self.images[image].pk for image in images]

    def refusal(self, shelf: Shelf, images: Iterable[int]) -> type[Exception] | None:
        """Why these images cannot be attached."""
        if not self.there.issuperset(images):
            return UnknownImages
        return GalleryFull if len({*shelf.images, *images}) > LIMIT else None


def not_in(shelf: Shelf, image: int) -> type[Exception] | None:
    return None if image in shelf.images else NotAttached


def files_of(key: str, points: Iterable[FocalPoint]) -> set[str]:
    """Return an original with its renditions: `small`, and `square` for each focal point."""
    stem = key.removesuffix(".png")
    names = ["" if point == FocalPoint.CENTER else f"-{point}" for point in points]
    return {key, f"{stem}_small.webp", *(f"{stem}_square{name}.webp" for name in names)}


def test_galleries__whatever_is_done__are_as_the_model_says(
    organization: Organization, upload: Upload, media_root: Path, settings: Any
) -> None:
    setattr(settings, SETS, SMALL)
    settings.GALLERY = {"MAX_PER_OBJECT": LIMIT}
    library = Library(uploaded(organization, upload("a.png", (8, 6))), media_root)
    theirs = OrganizationFactory.create()
    machine = cast("Any", lambda: Galleries(library, organization, theirs))

    run_state_machine_as_test(machine, settings=THOROUGH)


THOROUGH = settings(
    max_examples=200,
    stateful_step_count=50,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
