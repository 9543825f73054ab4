"""The images of a product: its gallery, by the names that clients of products use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Product
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from gallery.services import attachments
from orgs.models import Organization, Role
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.catalog.requests import Attach, as_shown, picture_behind
from tests.conftest import Upload
from tests.factories import MembershipFactory, ProductFactory
from tests.gallery.api.harness import laid_out, stored_files, warmed

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(url: str) -> str:
    return f"{url}images/"


@pytest.fixture
def three(product: Product, upload: Upload, attached: Attach) -> list[int]:
    return [attached(product, upload(size=(40, 30))).pk for _ in range(3)]


def test_upload__is_an_image_with_its_sizes(
    client: APIClient, anybody: APIClient, at: str, url: str, upload: Upload, media_root: Path
) -> None:
    values = {"image": upload(size=(1200, 900)), "alt_text": "A pot", "caption": "Hand made"}
    answer = client.post(at, values, format="multipart")

    assert answer.status_code == 201, answer.content
    found = client.get(answer["Location"]).json()  # by now, what follows the commit is done
    assert answer["Location"] == f"http://testserver{at}{found['id']}/"
    said = ("alt_text", "caption", "is_primary", "order")
    assert [found[name] for name in said] == ["A pot", "Hand made", True, 0]
    sizes = [
        picture_behind(found[name], media_root).size
        for name in ("image_url", "thumbnail_url", "medium_url")
    ]
    assert sizes == [(1200, 900), (200, 200), (800, 600)]
    assert found["image_url"].startswith("http://testserver/media/products/")
    assert anybody.get(answer["Location"]).json() == found
    assert anybody.get(at).json()["results"] == [found]
    product = anybody.get(url).json()
    assert (product["primary_image"], product["images"]) == (found, [found])


def test_upload__is_in_the_library_and_the_generic_gallery_too(
    client: APIClient, at: str, upload: Upload, product: Product
) -> None:
    found = client.post(at, {"image": upload(), "caption": "Hi"}, format="multipart").json()
    generic = client.get(f"/api/v1/images/orgs/acme/images/catalog/product/{product.pk}/")

    [relation] = generic.json()["results"]
    assert (relation["id"], relation["custom_description"]) == (found["id"], "Hi")
    assert client.get("/api/v1/images/orgs/acme/images/").json()["count"] == 1


@pytest.mark.parametrize("said", [{}, {"is_primary": "false"}], ids=["unsaid", "false"])
def test_upload__the_first_is_primary_whatever_is_said(
    client: APIClient, at: str, upload: Upload, said: dict[str, str]
) -> None:
    answers = [
        client.post(at, {"image": upload(), **said}, format="multipart").json() for _ in range(2)
    ]
    assert [each["is_primary"] for each in answers] == [True, False]


def test_upload__as_primary_in_the_first_place__moves_the_others(
    client: APIClient, at: str, url: str, upload: Upload, three: list[int]
) -> None:
    values = {"image": upload(), "is_primary": "true", "order": "0"}
    found = client.post(at, values, format="multipart").json()

    product = client.get(url).json()
    assert as_shown(product["images"]) == [found["id"], *three]
    assert [each["id"] for each in product["images"] if each["is_primary"]] == [found["id"]]
    assert product["primary_image"]["id"] == found["id"]


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({}, {"image": "required"}),
        ({"order": "-1"}, {"image": "required", "order": "min_value"}),
        ({"alt_text": "x" * 501}, {"image": "required", "alt_text": "max_length"}),
        ({"is_primary": "maybe"}, {"image": "required", "is_primary": "invalid"}),
    ],
    ids=str,
)
def test_upload__with_something_wrong__names_it(
    client: APIClient, at: str, values: dict[str, str], codes: dict[str, str]
) -> None:
    assert field_codes_of(client.post(at, values, format="multipart")) == codes


def test_upload__of_another_format__is_a_400(client: APIClient, at: str, upload: Upload) -> None:
    answer = client.post(at, {"image": upload("a.gif")}, format="multipart")
    assert field_codes_of(answer) == {"image": "unsupported_format"}


def test_upload__sent_again_with_its_key__is_the_same_image(
    client: APIClient, at: str, upload: Upload
) -> None:
    key: Any = {"HTTP_IDEMPOTENCY_KEY": "once"}
    answers = [
        client.post(at, {"image": upload()}, format="multipart", **key).json() for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert Image.objects.count() == 1


def test_change__of_words_place_and_primary(
    client: APIClient, at: str, url: str, three: list[int]
) -> None:
    first, second, third = three
    values = {"alt_text": "Back", "caption": "The back", "order": 0, "is_primary": True}
    answer = client.patch(f"{at}{third}/", values)

    assert answer.status_code == 200, answer.content
    assert {name: answer.json()[name] for name in values} == values
    assert as_shown(client.get(url).json()["images"]) == [third, first, second]
    cleared = client.patch(f"{at}{third}/", {"alt_text": "", "is_primary": False}).json()
    assert (cleared["alt_text"], cleared["is_primary"]) == ("", False)
    # Without one that was chosen it is the first.
    assert client.get(url).json()["primary_image"]["id"] == third


def test_change__of_what_somebody_changed_meanwhile__is_refused(
    client: APIClient, at: str, three: list[int]
) -> None:
    one = f"{at}{three[0]}/"
    read = client.get(one)["ETag"]
    client.patch(one, {"alt_text": "Pot"})

    assert client.patch(one, {"alt_text": "Cup"}, HTTP_IF_MATCH=read).status_code == 412
    assert client.delete(one, HTTP_IF_MATCH=read).status_code == 412
    assert client.get(one).json()["alt_text"] == "Pot"


def test_crop__follows_the_focal_point_of_this_use(
    client: APIClient, at: str, product: Product, three: list[int]
) -> None:
    image_id = product.gallery.get(pk=three[0]).image_id
    before = client.get(f"{at}{three[0]}/").json()
    client.patch(
        f"/api/v1/images/orgs/acme/images/catalog/product/{product.pk}/{image_id}/",
        {"focal_point": {"x": 0.1, "y": 0.2}},
    )
    after = client.get(f"{at}{three[0]}/").json()

    assert after["thumbnail_url"].endswith("_thumb200-10x20.webp")
    assert after["thumbnail_url"] != before["thumbnail_url"]
    assert after["medium_url"] == before["medium_url"]


def test_delete__takes_the_file_along(
    client: APIClient, at: str, url: str, three: list[int], media_root: Path
) -> None:
    assert client.delete(f"{at}{three[0]}/").status_code == 204

    found = client.get(url).json()
    assert as_shown(found["images"]) == three[1:]
    assert found["primary_image"]["id"] == three[1]
    assert Image.objects.count() == 2
    for pk in three[1:]:
        client.delete(f"{at}{pk}/")
    assert stored_files(media_root) == []


def test_delete__of_an_image_of_the_library__leaves_it_there(
    client: APIClient, at: str, organization: Organization, product: Product, upload: Upload
) -> None:
    image = warmed(organization, upload())
    relation = attachments.attach(obj=product, image=image)
    assert client.delete(f"{at}{relation.pk}/").status_code == 204

    assert Image.objects.get() == image
    assert client.get(image.file.url).status_code == 200


def test_delete__of_an_image_that_another_product_shows__leaves_it_there(
    client: APIClient, at: str, organization: Organization, three: list[int], product: Product
) -> None:
    image = product.gallery.get(pk=three[0]).image
    other = ProductFactory.create(organization=organization)
    attachments.attach(obj=other, image=image)
    client.delete(f"{at}{three[0]}/")

    assert laid_out(other) == ([image.pk], image.pk)
    assert client.get(image.file.url).status_code == 200


def test_delete_of_the_product__takes_along_what_was_uploaded_to_it_alone(
    client: APIClient,
    url: str,
    organization: Organization,
    three: list[int],
    product: Product,
    upload: Upload,
) -> None:
    shared = product.gallery.get(pk=three[0]).image
    other = ProductFactory.create(organization=organization)
    attachments.attach(obj=other, image=shared, focal_point=FocalPoint(10, 20))
    of_library = warmed(organization, upload())
    attachments.attach(obj=product, image=of_library)
    assert client.delete(url).status_code == 204

    assert set(Image.objects.all()) == {shared, of_library}
    assert laid_out(other) == ([shared.pk], shared.pk)


def test_set_primary__leaves_the_order(
    client: APIClient, at: str, url: str, three: list[int]
) -> None:
    for _ in range(2):
        answer = client.post(f"{at}{three[2]}/set_primary/")
        assert (answer.status_code, answer.json()["is_primary"]) == (200, True)
    found = client.get(url).json()

    assert as_shown(found["images"]) == three
    assert [each["is_primary"] for each in found["images"]] == [False, False, True]


def test_reorder__puts_all_in_the_new_order(
    client: APIClient, at: str, url: str, three: list[int]
) -> None:
    order = [three[2], three[0], three[1]]
    answer = client.post(f"{at}reorder/", {"order": order})

    assert answer.status_code == 200
    assert as_shown(answer.json()) == order
    assert as_shown(client.get(url).json()["images"]) == order


@pytest.mark.parametrize(
    "wrong",
    [
        lambda ids: ids[:2],
        lambda ids: [*ids, ids[0]],
        lambda ids: [ids[0], ids[0], ids[1]],
        lambda ids: [*ids[:2], 999_999],
        lambda _: [],
    ],
    ids=["missing", "more", "twice", "unknown", "none"],
)
def test_reorder__by_any_other_ids__moves_nothing(
    client: APIClient, at: str, url: str, three: list[int], wrong: Any
) -> None:
    answer = client.post(f"{at}reorder/", {"order": wrong(three)})

    assert answer.status_code == 400
    assert problem_of(answer)["code"] == "order_mismatch"
    assert as_shown(client.get(url).json()["images"]) == three


def test_bulk_upload__each_stands_alone(
    client: APIClient, at: str, url: str, upload: Upload
) -> None:
    files = [upload("a.jpg"), SimpleUploadedFile("b.txt", b"text"), upload("c.png")]
    answer = client.post(f"{at}bulk_upload/", {"images": files}, format="multipart")

    assert answer.status_code == 201, answer.content
    result = answer.json()
    assert (result["uploaded"], len(result["images"])) == (2, 2)
    [error] = result["errors"]
    assert (error["index"], error["file"], error["code"]) == (1, "b.txt", "unsupported_format")
    shown = client.get(url).json()["images"]
    assert as_shown(shown) == as_shown(result["images"])


def test_bulk_upload__in_which_all_fail__is_a_400(client: APIClient, at: str, url: str) -> None:
    files = [SimpleUploadedFile("b.txt", b"text")]
    answer = client.post(f"{at}bulk_upload/", {"images": files}, format="multipart")

    assert (answer.status_code, answer.json()["uploaded"]) == (400, 0)
    assert client.get(url).json()["images"] == []


def test_bulk_upload__takes_ten(client: APIClient, at: str, url: str, upload: Upload) -> None:
    def send(count: int) -> Any:
        files = [upload(size=(8, 8)) for _ in range(count)]
        return client.post(f"{at}bulk_upload/", {"images": files}, format="multipart")

    assert field_codes_of(send(11)) == {"images": "too_many_files"}
    assert client.get(url).json()["images"] == []
    assert send(10).json()["uploaded"] == 10


def test_bulk_upload__without_files__names_the_field(client: APIClient, at: str) -> None:
    answer = client.post(f"{at}bulk_upload/", {}, format="multipart")
    assert field_codes_of(answer) == {"images": "required"}


def test_images__of_other_products__are_not_there(
    client: APIClient, at: str, upload: Upload, attached: Attach, organization: Organization
) -> None:
    other = attached(ProductFactory.create(organization=organization), upload())
    one = f"{at}{other.pk}/"

    assert client.get(one).status_code == 404
    assert client.patch(one, {"alt_text": "x"}).status_code == 404
    assert client.delete(one).status_code == 404
    assert client.post(f"{one}set_primary/").status_code == 404
    other.refresh_from_db()


def test_images__are_for_those_who_write_to_change(
    at: str,
    url: str,
    three: list[int],
    upload: Upload,
    viewer: User,
    outsider: User,
    anybody: APIClient,
) -> None:
    for client, code in ((anybody, 401), (client_of(viewer), 403), (client_of(outsider), 403)):
        one = f"{at}{three[1]}/"
        answers = [
            client.post(at, {"image": upload()}, format="multipart"),
            client.post(f"{at}bulk_upload/", {"images": [upload()]}, format="multipart"),
            client.post(f"{at}reorder/", {"order": three[::-1]}),
            client.post(f"{one}set_primary/"),
            client.patch(one, {"alt_text": "x"}),
            client.delete(one),
        ]
        assert [answer.status_code for answer in answers] == [code] * 6
        assert client.get(at).status_code == client.get(one).status_code == 200
    assert as_shown(anybody.get(url).json()["images"]) == three


def test_generic_gallery__takes_the_same_uploads_and_more_of_the_library(
    client: APIClient, organization: Organization, product: Product, upload: Upload
) -> None:
    generic = f"/api/v1/images/orgs/acme/images/catalog/product/{product.pk}/"
    refused = client.post(generic, {"file": upload("a.gif")}, format="multipart")
    taken = client.post(generic, {"file": upload("a.png")}, format="multipart")
    of_library = warmed(organization, upload("a.gif"))

    assert (refused.status_code, problem_of(refused)["code"]) == (415, "unsupported_format")
    assert taken.json()["image"]["object_key"].startswith("products/")
    assert client.post(generic, {"image_ids": [of_library.pk]}).status_code == 200


def test_delete__by_a_member_who_did_not_upload_it__leaves_the_image_in_the_library(
    at: str, url: str, organization: Organization, three: list[int]
) -> None:
    other = client_of(MembershipFactory.create(organization=organization, role=Role.MEMBER).user)
    assert other.delete(f"{at}{three[0]}/").status_code == 204
    assert as_shown(other.get(url).json()["images"]) == three[1:]
    assert other.delete(url).status_code == 204

    assert Image.objects.count() == 3


def test_replaced_file__stays_in_the_folder_and_under_the_limits(
    client: APIClient, at: str, url: str, three: list[int], product: Product, upload: Upload
) -> None:
    image = product.gallery.get(pk=three[0]).image
    place = f"/api/v1/images/orgs/acme/images/{image.pk}/file/"
    refused = client.put(place, {"file": upload("a.gif")}, format="multipart")
    taken = client.put(place, {"file": upload("a.png")}, format="multipart")

    assert refused.status_code == 415
    assert taken.json()["object_key"].startswith("products/")


def test_alt_text__of_a_decorative_image_is_seen(
    client: APIClient, at: str, three: list[int], product: Product
) -> None:
    image_id = product.gallery.get(pk=three[0]).image_id
    attachments.update_relation(obj=product, image_id=image_id, custom_decorative=True)
    answer = client.patch(f"{at}{three[0]}/", {"alt_text": "A pot"})

    assert answer.json()["alt_text"] == "A pot"
