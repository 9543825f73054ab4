"""Many at once on the reference images of one user: five at most, each in a slot of its own."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.exceptions import ReferenceImagesFull, SlotTaken
from accounts.models import ReferenceImage, User
from accounts.services import (
    add_reference_image,
    remove_reference_image,
    update_reference_image,
)
from gallery import ledger
from tests.accounts.clients import client_of
from tests.accounts.reference_images import REFERENCES, add, slots_of
from tests.conftest import Upload
from tests.factories import ReferenceImageFactory
from tests.gallery.heart import age, keys, on_disk
from tests.gallery.ledger.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def five(user: User) -> list[ReferenceImage]:
    return ReferenceImageFactory.create_batch(5, user=user)


def assert_nothing_left_over(media_root: Path) -> None:
    """Show that after a sweep there are the files of what there is, and no others."""
    age()
    ledger.sweep()
    originals = set(ReferenceImage.objects.values_list("image", flat=True))
    assert on_disk(media_root) == keys() == keys(state="live")
    assert keys(original=None) == originals
    assert len(keys()) == 4 * len(originals)


def test_uploads__ten_at_once__five_are_stored(
    user: User, upload: Upload, media_root: Path
) -> None:
    def post(file: Any) -> int:
        answer = client_of(user).post(REFERENCES, {"image": file}, format="multipart")
        return int(answer.status_code)

    statuses = at_once(*(partial(post, upload(size=(40, 30))) for _ in range(10)))

    assert Counter(statuses) == {201: 5, 409: 5}
    images = ReferenceImage.objects.filter(user=user)
    assert sorted(images.values_list("order", flat=True)) == [0, 1, 2, 3, 4]
    assert_nothing_left_over(media_root)


def test_uploads__into_one_slot_at_once__one_gets_it(
    user: User, upload: Upload, media_root: Path
) -> None:
    files = [upload(size=(40, 30)) for _ in range(4)]
    results = at_once(
        *(partial(add_reference_image, user=user, upload=file, order=2) for file in files)
    )

    kinds = Counter(type(result) for result in results)
    assert kinds == {ReferenceImage: 1, SlotTaken: 3}, results
    assert_nothing_left_over(media_root)


def test_uploads__of_one_name_at_once__are_one(
    user: User, upload: Upload, media_root: Path
) -> None:
    files = [upload(size=(40, 30)) for _ in range(4)]
    results = at_once(
        *(partial(add_reference_image, user=user, upload=file, upload_id="1:0") for file in files)
    )

    assert {result.pk for result in results} == {ReferenceImage.objects.get().pk}
    assert_nothing_left_over(media_root)


def test_swaps__many_at_once__are_done_one_after_the_other(
    user: User, five: list[ReferenceImage]
) -> None:
    def shuffle(seed: int) -> None:
        random = Random(seed)
        for _ in range(6):
            image = random.choice(five)
            update_reference_image(reference_image=image, order=random.randrange(5))
            connection.close()

    assert at_once(*(partial(shuffle, seed) for seed in range(6))) == [None] * 6
    images = ReferenceImage.objects.filter(user=user)
    assert sorted(images.values_list("order", flat=True)) == [0, 1, 2, 3, 4]
    assert not images.filter(is_moving=True).exists()


def test_update__while_it_is_deleted__finds_it_or_does_not(
    user: User, upload: Upload, media_root: Path
) -> None:
    image = add(user, upload, name="front")
    results = at_once(
        partial(remove_reference_image, reference_image=image),
        partial(remove_reference_image, reference_image=image),
        partial(update_reference_image, reference_image=image, order=3),
    )

    assert results[:2] == [None, None]
    assert isinstance(results[2], ReferenceImage | ReferenceImage.DoesNotExist)
    assert slots_of(user) == {}
    assert_nothing_left_over(media_root)


def test_upload__that_comes_sixth_in_the_end__is_retracted(
    user: User,
    five: list[ReferenceImage],
    upload: Upload,
    media_root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There was room before the work, and there is none after it."""
    last = five.pop()
    last.delete()
    store = ReferenceImage.store_assigned_file

    def store_slowly(image: ReferenceImage) -> bool:
        is_stored = store(image)
        if is_stored:
            ReferenceImageFactory.create(user=user, order=last.order)
        return is_stored

    monkeypatch.setattr(ReferenceImage, "store_assigned_file", store_slowly)
    with pytest.raises(ReferenceImagesFull):
        add_reference_image(user=user, upload=upload(size=(40, 30)))

    assert on_disk(media_root) == keys() == set()


@pytest.mark.parametrize("order", [-1, 5])
def test_database__knows_five_slots(user: User, order: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ReferenceImageFactory.create(user=user, order=order)


def test_database__lets_one_into_a_slot(user: User, five: list[ReferenceImage]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ReferenceImageFactory.create(user=user, order=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReferenceImage.objects.filter(user=user).update(order=2)
