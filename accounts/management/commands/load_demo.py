"""Fill a development database: people in every role, two organisations, a dozen drawn pictures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from accounts.models import User
from catalog.models import Product
from gallery import tasks
from gallery.exceptions import GalleryError
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Gallery, Image
from gallery.services.attachments import attach, bulk_attach, update_relation
from gallery.services.locked_gallery import Placement
from gallery.services.uploads import Description, upload_image
from orgs.models import Membership, Organization, Role
from orgs.services import create_organization

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
# Everybody may know it: the command refuses to run where that would matter.
PASSWORD = "demo"  # noqa: S105  (see above)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to log in as; without an organisation, a superuser."""

    email: str
    name: str
    organization: str = ""
    role: Role = Role.MEMBER


PEOPLE = (
    Person("root@example.com", "Ruth Root"),
    Person("owner@example.com", "Olga Owner", "acme", Role.OWNER),
    Person("admin@example.com", "Adam Admin", "acme", Role.ADMIN),
    Person("member@example.com", "Mina Member", "acme", Role.MEMBER),
    Person("viewer@example.com", "Vito Viewer", "acme", Role.VIEWER),
    Person("outsider@example.com", "Otto Outsider", "globex", Role.OWNER),
)
ORGANIZATIONS = {
    "acme": ("Acme", "owner@example.com"),
    "globex": ("Globex", "outsider@example.com"),
}
"""Name and first owner by slug."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One entry of `fixtures/demo.json`."""

    path: Path
    organization: str
    creator: str
    focal_point: FocalPoint
    description: Description
    placement: Placement | None
    """What is said about it in its organisation's own gallery; None if it is not in there."""

    @classmethod
    def parse(cls, entry: dict[str, Any], *, folder: Path) -> Self:
        """Read an entry whose picture lies in `folder`.

        Raises:
            KeyError: a required name is missing.
            ValueError: the focal point is not within the picture.
        """
        description = Description(title=entry["title"], alt_text=entry["alt_text"])
        description["description"] = entry["description"]
        description["decorative"] = entry.get("decorative", False)
        description["visibility"] = entry.get("visibility", Image.Visibility.PUBLIC)
        return cls(
            path=folder / entry["file"],
            organization=entry["organization"],
            creator=entry["creator"],
            focal_point=parse_point(entry["focal_point"]),
            description=description,
            placement=parse_placement(entry["gallery"]) if "gallery" in entry else None,
        )


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product of `fixtures/demo.json`; its images are named by their files."""

    slug: str
    organization: str
    said: dict[str, str]
    images: tuple[str, ...]
    places: dict[str, Placement]
    """What is said about some of them here."""

    @classmethod
    def parse(cls, entry: dict[str, Any]) -> Self:
        """Read an entry.

        Raises:
            KeyError: a required name is missing.
        """
        said = {name: entry[name] for name in ("name", "price", "description")}
        places = {name: parse_placement(each) for name, each in entry.get("places", {}).items()}
        return cls(entry["slug"], entry["organization"], said, tuple(entry["images"]), places)


def parse_placement(entry: dict[str, Any]) -> Placement:
    """Read what is said about an image in one gallery."""
    placement = Placement(**{**entry, "focal_point": None})  # type: ignore[typeddict-item]
    if "focal_point" in entry:
        placement["focal_point"] = parse_point(entry["focal_point"])
    return placement


def parse_point(entry: dict[str, float]) -> FocalPoint:
    """Read a focal point as the API writes it."""
    return FocalPoint.from_fractions(entry["x"], entry["y"])


class Command(BaseCommand):
    help = (
        "Loads demo data: the organisations acme and globex; owner@, admin@, member@ and "
        "viewer@example.com with these roles in acme, outsider@example.com who owns globex and "
        "root@example.com who is a superuser, all with the password 'demo'; the pictures of "
        "fixtures/demo.json with their renditions; a gallery for each organisation; and products. "
        "What is there already stays as it is: it can be run again, also after an interruption. "
        "Refuses to run unless DEBUG is on."
    )

    def handle(self, *, verbosity: int, **options: Any) -> None:
        """Load people, then pictures; each stands alone, so that a second run can go on."""
        if not settings.DEBUG:
            raise CommandError(
                "load_demo makes users whose password everybody knows, a superuser among them: "
                "it only runs with DEBUG on."
            )
        pictures, products = read_pictures(FIXTURES), read_products(FIXTURES)
        users = {person.email: load_user(person) for person in PEOPLE}
        organizations = {slug: load_organization(slug, users) for slug in ORGANIZATIONS}
        for person in PEOPLE:
            if person.organization:
                # Not `add_member`, which asks whether somebody may: nobody is acting here.
                Membership.objects.get_or_create(
                    organization=organizations[person.organization],
                    user=users[person.email],
                    defaults={"role": person.role},
                )
        empty = [org for org in organizations.values() if not Gallery.of(org).relations.exists()]
        outcomes: Counter[str] = Counter()
        # The last one in the file first: lists show the newest first, so they follow the file.
        hidden = True if verbosity == 0 else None  # None: shown in terminals only
        for picture in tqdm(pictures[::-1], unit="image", desc="demo", disable=hidden):
            organization, creator = organizations[picture.organization], users[picture.creator]
            outcomes[load_picture(picture, organization, creator)] += 1
        for organization in empty:
            fill_gallery(organization, pictures)
        for product in products:
            load_product(product, organizations[product.organization])
        if verbosity > 0:
            self.stdout.write(
                f"Demo: {outcomes['loaded']} images loaded, {outcomes['finished']} finished, "
                f"{outcomes['unchanged']} already there."
            )


def read_pictures(folder: Path) -> list[Picture]:
    """Return the entries of `demo.json` in `folder`.

    Raises:
        CommandError: the file cannot be read or has a mistake.
    """
    with manifest_of(folder) as manifest:
        return [Picture.parse(each, folder=folder / "pictures") for each in manifest["pictures"]]


def read_products(folder: Path) -> list[DemoProduct]:
    """Return the products of `demo.json` in `folder`.

    Raises:
        CommandError: the file cannot be read or has a mistake.
    """
    with manifest_of(folder) as manifest:
        return [DemoProduct.parse(each) for each in manifest["products"]]


@contextmanager
def manifest_of(folder: Path) -> Iterator[dict[str, Any]]:
    """Open `demo.json` in `folder` for a block that reads it."""
    path = folder / "demo.json"
    try:
        yield json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError) as error:
        raise CommandError(f"{path} cannot be used: {error!r}") from error


def load_user(person: Person) -> User:
    """Return the user with this e-mail address, made if there is none; an existing one stays."""
    try:
        return User.objects.get_by_natural_key(person.email)
    except User.DoesNotExist:
        is_superuser = not person.organization
        create = User.objects.create_superuser if is_superuser else User.objects.create_user
        return create(person.email, PASSWORD, name=person.name)


def load_organization(slug: str, users: dict[str, User]) -> Organization:
    """Return the organisation called `slug`, made if there is none."""
    existing = Organization.objects.filter(slug=slug).first()
    if existing is not None:
        return existing
    name, owner = ORGANIZATIONS[slug]
    return create_organization(owner=users[owner], name=name, slug=slug)


def load_picture(picture: Picture, organization: Organization, creator: User) -> str:
    """Upload a picture, or finish what an interrupted run began; return what was done.

    An image is the same one if its organisation has a file of this name: everything else about it
    may have been edited since.

    Raises:
        CommandError: the picture cannot be read, was not accepted or has no renditions.
    """
    same_name = Image.objects.in_org(organization).filter(file_name=picture.path.name)
    image = same_name.order_by("pk").first()
    if image is not None and image.status == Image.Status.READY:
        return "unchanged"
    is_new = image is None
    try:
        image = finished(image) if image else uploaded(picture, organization, creator)
    except (OSError, GalleryError) as error:
        raise CommandError(f"{picture.path} was not loaded: {error}") from error
    if image.status == Image.Status.FAILED:
        raise CommandError(f"{picture.path} has no renditions: {image.error}")
    return "loaded" if is_new else "finished"


def uploaded(picture: Picture, organization: Organization, creator: User) -> Image:
    """Upload a picture as `creator` would, which warms it too."""
    with picture.path.open("rb") as file:
        return upload_image(
            organization=organization,
            creator=creator,
            upload=File(file, name=picture.path.name),
            focal_point=picture.focal_point,
            **picture.description,
        )


def finished(image: Image) -> Image:
    """Make the renditions that an interrupted run did not come to."""
    tasks.warm(Image.image_field_object().source, image.pk)
    image.refresh_from_db(fields=["status", "error"])
    return image


def fill_gallery(organization: Organization, pictures: list[Picture]) -> None:
    """Attach what the file puts into the organisation's own gallery, in the order of the file."""
    for picture in pictures:
        if picture.placement is not None and picture.organization == organization.slug:
            images = Image.objects.in_org(organization).filter(file_name=picture.path.name)
            image = images.order_by("pk")[0]
            attach(obj=organization, image=image, **picture.placement)


@transaction.atomic
def load_product(product: DemoProduct, organization: Organization) -> None:
    """Make a product with its gallery, unless one of this slug is there.

    Raises:
        CommandError: the organisation has no image of one of its files.
    """
    made, is_new = Product.objects.get_or_create(
        slug=product.slug, defaults={"organization": organization, **product.said}
    )
    if not is_new:
        return
    images = Image.objects.in_org(organization).filter(file_name__in=product.images)
    ids = {image.file_name: image.pk for image in images}
    if missing := set(product.images) - ids.keys():
        raise CommandError(f"{product.slug} has images that are not there: {sorted(missing)}")
    bulk_attach(obj=made, image_ids=[ids[name] for name in product.images])
    for name, placement in product.places.items():
        update_relation(obj=made, image_id=ids[name], **placement)
