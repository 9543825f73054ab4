"""A small world to knock on every door of: two organisations, people of each kind, three images."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models
from django.utils import timezone

from accounts.models import ReferenceImage, User
from catalog.models import Product
from gallery.models import DirectUpload, Image, MediaFile, PolymorphicImageRelation, Share
from gallery.models.share import hash_of
from gallery.services.direct_uploads import begin_upload
from gallery.services.uploads import upload_image
from orgs.models import Membership, Organization, Role
from tests.conftest import Upload
from tests.factories import PASSWORD, ReferenceImageFactory
from tests.gallery.api.harness import copies_of, stored_files
from tests.testapp.models import Album

ROLES = {
    "viewer": Role.VIEWER,
    "member": Role.MEMBER,
    "admin": Role.ADMIN,
    "owner": Role.OWNER,
    # Somebody else: who uploaded the images, and who owns acme besides the owner.
    "colleague": Role.MEMBER,
    "partner": Role.OWNER,
    "inactive": Role.OWNER,
}
# Removed is who had a membership of acme, of which nothing is left.
OTHERS = ("outsider", "removed", "superuser", "newcomer")
MISSING = 888_888
MISSING_UPLOAD = uuid.UUID(int=888_888)
TOKEN = "a-token-that-was-shown-once"
ALBUM, FOREIGN_ALBUM, FOREIGN_IMAGE = 1234, 5678, 777_777
"""Keys of several digits, so that they can be spelled in several ways."""
NOT_FOUND = {
    "type": "urn:gallery:problem:not_found",
    "title": "Not Found",
    "status": 404,
    "detail": "Not found.",
    "code": "not_found",
}
"""The one body of every 404, less the path."""


@dataclass(frozen=True, slots=True)
class World:
    """`acme`, where everything happens, and `globex`, which the outsider owns."""

    users: dict[str, User | None]
    members: dict[str, int]
    """The membership of each member of acme."""
    album: Album
    first: Image
    """On the cover of the album."""
    second: Image
    """In the album."""
    loose: Image
    """Attached nowhere."""
    share: Share
    """Of the loose image, by the colleague."""
    incoming: DirectUpload
    """Of the colleague too."""
    reference: ReferenceImage
    """The colleague's own."""
    product: Product
    """With an image of its own, and a gallery of the first and the second."""
    shown: list[int]
    """The places in that gallery."""
    upload_bytes: bytes
    upload: Upload

    def user(self, who: str) -> User:
        """Return somebody who is not nobody."""
        user = self.users[who]
        assert user is not None
        return user

    def file(self) -> SimpleUploadedFile:
        """Return a picture to upload."""
        return self.upload(size=(40, 30))

    def give_images_to(self, who: str) -> None:
        """Let it be this visitor who uploaded what there is, and what is on its way."""
        Image.objects.filter(organization__slug="acme").update(creator=self.users[who])
        if self.users[who]:
            DirectUpload.objects.update(creator=self.users[who])
            ReferenceImage.objects.update(user=self.users[who])


def build_world(upload: Upload) -> World:
    """Make everything anew: few statements and one upload, because this is done for every test."""
    acme = Organization.objects.create(name="Acme", slug="acme")
    globex = Organization.objects.create(name="Globex", slug="globex")
    password = make_password(PASSWORD)
    users = {
        who: User(
            email=f"{who}@example.com",
            password=password,
            is_active=who != "inactive",
            is_superuser=who == "superuser",
        )
        for who in (*ROLES, *OTHERS)
    }
    User.objects.bulk_create(users.values())
    members = {
        who: Membership(organization=acme, user=users[who], role=role)
        for who, role in ROLES.items()
    }
    theirs = Membership(organization=globex, user=users["outsider"], role=Role.OWNER)
    Membership.objects.bulk_create([*members.values(), theirs])

    loose = an_upload(upload, organization=acme, creator=users["colleague"])
    first, second = Image.objects.bulk_create(copies_of(loose, 2))
    elsewhere = {"id": FOREIGN_IMAGE, "organization_id": globex.pk}
    [foreign] = Image.objects.bulk_create(copies_of(first, 1, **elsewhere))
    album, others = Album.objects.bulk_create(
        [Album(pk=ALBUM, organization=acme), Album(pk=FOREIGN_ALBUM, organization=globex)]
    )
    PolymorphicImageRelation.objects.bulk_create(
        [
            place_of(first, album, is_cover=True),
            place_of(second, album, order=1),
            place_of(foreign, others, is_cover=True),
        ]
    )
    product = a_product(acme)
    shown = [place_of(first, product, is_cover=True), place_of(second, product, order=1)]
    PolymorphicImageRelation.objects.bulk_create(shown)
    pks = {who: membership.pk for who, membership in members.items()}
    return World(
        users={"anonymous": None, **users},
        members=pks,
        album=album,
        first=first,
        second=second,
        loose=loose,
        share=a_share(loose),
        incoming=an_incoming_file(acme, users["colleague"], len(_picture(upload))),
        reference=ReferenceImageFactory.create(user=users["colleague"], order=0),
        product=product,
        shown=[place.pk for place in shown],
        upload_bytes=_picture(upload),
        upload=upload,
    )


@cache
def _picture(upload: Upload) -> bytes:
    content: bytes = upload(size=(40, 30)).read()
    return content


def a_share(image: Image) -> Share:
    """Share an image with whoever has the token."""
    until = timezone.now() + timedelta(hours=1)
    return Share.objects.create(image=image, token_hash=hash_of(TOKEN), expires_at=until)


def an_incoming_file(organization: Organization, creator: User, size: int) -> DirectUpload:
    """Announce a file that will be sent straight to the storage."""
    return begin_upload(
        organization=organization,
        creator=creator,
        file_name="picture.jpg",
        content_type="image/jpeg",
        file_size=size,
        description={},
    )


_first_upload: list[tuple[Image, MediaFile]] = []


def an_upload(upload: Upload, *, organization: Organization, creator: User) -> Image:
    """Upload a picture. That is slow, so all but the first time the same rows are made again."""
    if not _first_upload:
        picture = upload(size=(40, 30))
        image = upload_image(organization=organization, creator=creator, upload=picture)
        _first_upload.append((image, MediaFile.objects.get(key=image.original_key)))
        return image
    former, file = _first_upload[0]
    owners = {"organization_id": organization.pk, "creator_id": creator.pk}
    [again] = copies_of(former, 1, **owners)
    again.__dict__["file"] = "images/loose.jpg"
    Image.objects.bulk_create([again])
    facts = {field.attname: getattr(file, field.attname) for field in file._meta.concrete_fields}
    facts |= {"id": None, "key": again.original_key, "object_id": str(again.pk)}
    MediaFile.objects.create(**facts)
    return again


def a_product(organization: Organization) -> Product:
    """Return a product with an image that is a row and nothing else."""
    product = Product(organization=organization, name="Teapot", slug="teapot")
    product.__dict__ |= {"image": "products/teapot.jpg", "image_width": 40, "image_height": 30}
    models.QuerySet[Product](Product).bulk_create([product])
    return product


def place_of(image: Image, owner: Album | Product, **values: Any) -> PolymorphicImageRelation:
    """Return the place of an image in a gallery, to be stored."""
    return PolymorphicImageRelation(
        organization_id=image.organization_id,
        content_type=ContentType.objects.get_for_model(owner),
        object_id=str(owner.pk),
        image=image,
        **values,
    )


@cache
def tables_of_ours() -> list[str]:
    """Return every table that is not Django's."""
    models = [model for model in apps.get_models() if not model.__module__.startswith("django.")]
    return sorted({model._meta.db_table for model in models})


def everything(media_root: Path) -> dict[str, list[Any]]:
    """Return every row of every table of ours and the name of every stored file."""
    found: dict[str, list[Any]] = {"files": stored_files(media_root)}
    with connection.cursor() as cursor:
        for table in tables_of_ours():
            # Not by the ORM, which would take most of the time of these tests.
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608  (no input)
            found[table] = cursor.fetchall()
    return found
