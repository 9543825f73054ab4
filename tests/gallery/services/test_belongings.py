"""Images that go with the object they were uploaded to, while others attach and delete."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random

import pytest
from django.db import connection

from catalog.models import Product
from gallery.exceptions import NotAttachable, NotAttached, UnknownImages
from gallery.models import Gallery, Image
from gallery.services import attachments
from gallery.services.belongings import delete_with_belongings, take_out
from orgs.models import Organization
from tests.conftest import Upload
from tests.factories import ProductFactory
from tests.gallery.api.harness import laid_out
from tests.gallery.heart import assert_nothing_lost
from tests.gallery.ledger.test_races import at_once
from tests.gallery.services.crowd import assert_refused, many, meanwhile

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_deadlock"),
    pytest.mark.timeout(600),
]
# Somebody else deleted it between two steps, or after the last.
GONE = (Product.DoesNotExist, Image.DoesNotExist)


@pytest.fixture
def products(organization: Organization) -> list[Product]:
    return [ProductFactory.create(organization=organization) for _ in range(3)]


def uploaded_to(product: Product, upload: Upload) -> Image:
    file = upload("a.png", (8, 6))
    return attachments.upload_and_attach(obj=product, creator=None, upload=file).image


def test_take_out__while_another_object_gets_the_image__leaves_it_there_or_refuses_the_other(
    products: list[Product], upload: Upload, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, _ = products
    image = uploaded_to(one, upload)
    begun = meanwhile(
        monkeypatch, Gallery, "arrange", partial(attachments.attach, obj=other, image=image)
    )

    take_out(obj=one, image_id=image.pk)

    [result] = [future.result(60) for future in begun]
    assert_refused([result], UnknownImages)
    there = Image.objects.filter(pk=image.pk).exists()
    assert there is not isinstance(result, UnknownImages)
    assert laid_out(other) == (([image.pk], image.pk) if there else ([], None))
    assert_nothing_lost(media_root)


def test_take_out__of_an_image_in_two_places_at_once__deletes_it(
    products: list[Product], upload: Upload, media_root: Path
) -> None:
    one, other, _ = products
    for _ in range(many(20, elsewhere=3)):
        image = uploaded_to(one, upload)
        attachments.attach(obj=other, image=image)
        results = at_once(
            *(partial(take_out, obj=each, image_id=image.pk) for each in products[:2])
        )

        assert_refused(results)
        assert not Image.objects.filter(pk=image.pk).exists()
    assert_nothing_lost(media_root)


def test_products__changed_by_many__leave_no_image_of_nobody(
    organization: Organization, products: list[Product], upload: Upload, media_root: Path
) -> None:
    ids = [uploaded_to(product, upload).pk for product in products for _ in range(2)]

    def work(seed: int) -> None:
        random = Random(seed)
        for _ in range(many(30, elsewhere=5)):
            product, image_id = random.choice(products), random.choice(ids)
            with suppress(NotAttached, NotAttachable, UnknownImages, *GONE):
                match random.choice(["attach", "attach", "take_out", "upload", "delete"]):
                    case "attach":
                        attachments.attach(obj=product, image=Image(pk=image_id))
                    case "take_out":
                        take_out(obj=product, image_id=image_id)
                    case "upload":
                        ids.append(uploaded_to(product, upload).pk)
                    case "delete" if random.random() < 0.1:
                        delete_with_belongings(obj=Product.objects.get(pk=product.pk))
            connection.close()

    assert_refused(at_once(*(partial(work, seed) for seed in range(many(8, elsewhere=3)))))

    assert not Image.objects.filter(relations=None).exists()
    for product in Product.objects.all():
        laid_out(product)
    assert_nothing_lost(media_root)
