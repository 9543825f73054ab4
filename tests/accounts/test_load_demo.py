"""The demo: loaded once however often it is asked for, and never where it could do harm."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.management.commands import load_demo as command
from accounts.models import User
from catalog.models import Product
from fixtures import draw
from gallery.exceptions import StorageUnavailable
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile
from gallery.renditions.urls import variants
from orgs.models import Membership, Organization, Role

MANIFEST: dict[str, Any] = json.loads((command.FIXTURES / "demo.json").read_text(encoding="utf-8"))
ENTRIES: list[dict[str, Any]] = MANIFEST["pictures"]
PRODUCTS = [
    {
        **MANIFEST["products"][0],
        "slug": "print",
        "images": ["portrait-ada.jpg", "harbour-at-sunset.jpg"],
    },
]
SOLD = {name for product in MANIFEST["products"] for name in product["images"]}
SMALL = ("teapot.jpg", "harbour-at-sunset.jpg", "portrait-ada.jpg")

after_commit = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def debug(settings: Any) -> None:
    """Be a developer's machine."""
    settings.DEBUG = True


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Point the command at a demo of three pictures, drawn small, and return its folder."""
    folder = tmp_path / "fixtures"
    assert draw.main(["--into", str(folder / "pictures"), "--scale", "0.1", *SMALL]) == 0
    entries = [entry for entry in ENTRIES if entry["file"] in SMALL]
    manifest = {"pictures": entries, "products": PRODUCTS}
    (folder / "demo.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(command, "FIXTURES", folder)
    return folder


def load_demo() -> str:
    """Run the command and return what it said."""
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue().strip()


def everything() -> dict[str, list[Any]]:
    """Return every row that the command could have made or changed."""
    models = (User, Organization, Membership, Image, MediaFile, Product)
    return {model.__name__: list(model._base_manager.order_by("pk").values()) for model in models}


@after_commit
def test_load_demo__every_picture_is_ready_as_the_file_says() -> None:
    assert load_demo() == "Demo: 12 images loaded, 0 finished, 0 already there."

    images = {image.file_name: image for image in Image.objects.select_related("organization")}
    assert images.keys() == {entry["file"] for entry in ENTRIES}
    for entry in ENTRIES:
        image = images[entry["file"]]
        point = entry["focal_point"]
        assert image.status == Image.Status.READY
        made = {file.rendition for file in image.rendition_files.values()}
        of_products = {"thumb200", "thumb800", "card", "card2x"} if entry["file"] in SOLD else set()
        assert made == {"thumb", "sm", "md", "lg"} | of_products
        assert image.focal_point == FocalPoint.from_fractions(point["x"], point["y"])
        assert image.creator is not None
        said = (image.organization.slug, image.creator.email, image.title, image.alt_text)
        assert said == tuple(
            entry[name] for name in ("organization", "creator", "title", "alt_text")
        )
        assert image.decorative == entry.get("decorative", False)
        assert image.visibility == entry.get("visibility", "public")


@after_commit
def test_load_demo__shows_what_the_gallery_can_do() -> None:
    load_demo()

    assert [image.file_name for image in Image.objects.missing_alt()] == ["balloon-over-dunes.jpg"]
    assert [image.file_name for image in Image.objects.filter(decorative=True)] == [
        "paper-waves.jpg"
    ]
    assert Image.objects.filter(visibility="private").count() == 1
    assert Image.objects.filter(organization__slug="globex").count() == 2
    assert Image.objects.get(is_animated=True).content_type == "image/gif"
    sideways = Image.objects.get(file_name="cat-at-the-window.jpg")
    assert sideways.height > sideways.width
    # Newest first is how lists show them: in the order of the file.
    names = [image.file_name for image in Image.objects.all()]
    assert names == [entry["file"] for entry in ENTRIES]


@after_commit
def test_load_demo__fills_the_gallery_of_each_organisation_once() -> None:
    load_demo()
    acme: Any = Organization.objects.get(slug="acme")
    names = ["harbour-at-sunset.jpg", "fox-in-autumn.webp", "camp-at-night.jpg"]
    relations = list(acme.gallery.with_renditions())
    assert [relation.image.file_name for relation in relations] == names
    assert acme.cover == relations[0]
    assert relations[0].title == "Acme by the sea"
    assert relations[0].focal_point != relations[0].image.focal_point
    assert (
        "_thumb-16x62.webp"
        in variants(relations[0].image, focal_point=relations[0].focal_point)["thumb"]
    )

    relations[1].delete()
    load_demo()
    assert acme.gallery.count() == 2  # what somebody took out stays out


@after_commit
@pytest.mark.usefixtures("small_demo")
def test_load_demo__again__changes_nothing() -> None:
    load_demo()
    before = everything()

    assert load_demo() == "Demo: 0 images loaded, 0 finished, 3 already there."
    assert everything() == before


@after_commit
@pytest.mark.usefixtures("small_demo")
def test_load_demo__people_log_in_with_their_roles() -> None:
    load_demo()

    roles = set(Membership.objects.values_list("user__email", "organization__slug", "role"))
    assert roles == {
        ("owner@example.com", "acme", Role.OWNER),
        ("admin@example.com", "acme", Role.ADMIN),
        ("member@example.com", "acme", Role.MEMBER),
        ("viewer@example.com", "acme", Role.VIEWER),
        ("outsider@example.com", "globex", Role.OWNER),
    }
    for user in User.objects.all():
        assert authenticate(username=user.email, password="demo") == user
    superuser = User.objects.get(is_superuser=True)
    assert (superuser.email, superuser.is_staff) == ("root@example.com", True)
    names = dict(Organization.objects.values_list("slug", "name"))
    assert names == {"acme": "Acme", "globex": "Globex"}


@after_commit
@pytest.mark.usefixtures("small_demo")
def test_load_demo__leaves_what_people_changed() -> None:
    User.objects.create_user("Owner@example.com", "my own password")
    load_demo()
    image = Image.objects.get(file_name="teapot.jpg")
    Image.objects.filter(pk=image.pk).update(title="Mine")
    Membership.objects.filter(user__email="viewer@example.com").update(role=Role.ADMIN)
    before = everything()

    load_demo()

    assert everything() == before
    assert User.objects.get_by_natural_key("owner@example.com").check_password("my own password")


@after_commit
@pytest.mark.usefixtures("small_demo")
def test_load_demo__interrupted_between_pictures__goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    upload = command.uploaded
    done: list[Image] = []

    def interrupted(*arguments: Any) -> Image:
        if done:
            raise KeyboardInterrupt
        done.append(upload(*arguments))
        return done[0]

    with monkeypatch.context() as patch:
        patch.setattr(command, "uploaded", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load_demo()
    assert Image.objects.count() == 1

    assert load_demo() == "Demo: 2 images loaded, 0 finished, 1 already there."


@after_commit
@pytest.mark.usefixtures("small_demo")
def test_load_demo__killed_while_warming__is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("gallery.tasks.warm_after_commit", lambda *_: None)
        load_demo()
    assert set(Image.objects.values_list("status", flat=True)) == {"pending"}

    assert load_demo() == "Demo: 0 images loaded, 3 finished, 0 already there."
    assert set(Image.objects.values_list("status", flat=True)) == {"ready"}
    for image in Image.objects.all():
        made = {file.rendition for file in image.rendition_files.values()}
        assert len(made) == (8 if image.file_name in PRODUCTS[0]["images"] else 4)


@pytest.mark.django_db
def test_load_demo__without_debug__is_refused(settings: Any) -> None:
    settings.DEBUG = False

    with pytest.raises(CommandError, match="only runs with DEBUG on") as refusal:
        load_demo()

    assert refusal.value.returncode == 1
    assert all(rows == [] for rows in everything().values())


@after_commit
def test_load_demo__broken_picture__names_it(small_demo: Path) -> None:
    (small_demo / "pictures" / "teapot.jpg").write_bytes(b"no picture")

    with pytest.raises(CommandError, match=r"teapot\.jpg was not loaded"):
        load_demo()


@after_commit
@pytest.mark.usefixtures("small_demo")
def test_load_demo__picture_that_cannot_be_warmed__names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object, **__: object) -> int:
        raise StorageUnavailable

    monkeypatch.setattr("gallery.tasks.warm_instance", fails)

    with pytest.raises(CommandError, match=r"has no renditions: storage_unavailable"):
        load_demo()


@pytest.mark.django_db
def test_load_demo__mistake_in_the_file__names_it(small_demo: Path) -> None:
    (small_demo / "demo.json").write_text('{"pictures": [{"file": "teapot.jpg"}]}')

    with pytest.raises(CommandError, match=r"demo\.json cannot be used: KeyError"):
        load_demo()


@after_commit
def test_load_demo__products_have_galleries_in_the_order_of_the_file(small_demo: Path) -> None:
    load_demo()
    product = Product.objects.get(slug="print")

    names = [relation.image.file_name for relation in product.gallery.all()]
    assert names == PRODUCTS[0]["images"]
    assert product.cover is not None
    assert str(product.price) == PRODUCTS[0]["price"]


@after_commit
def test_load_demo__a_product_of_unknown_pictures_is_refused(small_demo: Path) -> None:
    path = small_demo / "demo.json"
    manifest = json.loads(path.read_text())
    manifest["products"][0]["images"].append("gone.jpg")
    path.write_text(json.dumps(manifest))

    with pytest.raises(CommandError, match="gone"):
        load_demo()
    assert not Product.objects.exists()
