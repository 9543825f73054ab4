"""The valid request of each row: what is sent, and where when not to the usual place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from gallery.signing import expiry, upload_query
from gallery.storage import media_storage
from tests.accounts.clients import client_of
from tests.factories import PASSWORD
from tests.permissions.routes import route_named
from tests.permissions.table import Row
from tests.permissions.world import MISSING, TOKEN, World

Values = dict[str, Any]


def nowhere_else(world: World, who: str) -> Values:
    """Leave the usual places."""
    return {}


def at_member(whose: str) -> Callable[[World, str], Values]:
    """Go to the place of one member of acme."""

    def at(world: World, who: str) -> Values:
        return {"membership_id": world.members[whose]}

    return at


def at_themself(world: World, who: str) -> Values:
    """Go to the visitor's own place, where they have one."""
    return {"membership_id": world.members.get(who, MISSING)}


def at_attached(world: World, who: str) -> Values:
    """Go to an image that is in use."""
    return {"pk": world.first.pk}


@dataclass(frozen=True, slots=True)
class Call:
    """A request without its route; `is_own` lets the visitor have uploaded all the images."""

    body: Values | Callable[[World], Values | bytes] = field(default_factory=dict)
    at: Callable[[World, str], Values] = nowhere_else
    query: str | Callable[[World], str] = ""
    is_form: bool = False
    is_own: bool = False


def at_arrived(world: World, who: str) -> Values:
    """Go to an upload whose file has arrived."""
    media_storage().receive(world.incoming.key, [world.upload_bytes])
    return {}


def upload_signature(world: World) -> str:
    return f"?{upload_query(world.incoming.pk, expires=expiry(60))}"


def a_file(world: World) -> Values:
    return {"file": world.file()}


def two_files(world: World) -> Values:
    return {"files": [world.file(), world.file()]}


def an_image(world: World) -> Values:
    return {"image": world.file()}


def two_images(world: World) -> Values:
    return {"images": [world.file(), world.file()]}


def first_id(world: World) -> Values:
    return {"ids": [world.first.pk]}


def loose_id(world: World) -> Values:
    return {"ids": [world.loose.pk]}


def loose_image(world: World) -> Values:
    return {"image_ids": [world.loose.pk]}


def refresh_token(world: World) -> Values:
    return {"refresh": str(RefreshToken.for_user(world.user("member")))}


def access_token(world: World) -> Values:
    return {"token": str(AccessToken.for_user(world.user("member")))}


# Whatever is not here needs no body and goes to the usual places.
CALLS: dict[str, Call] = {
    "token-pair POST": Call({"email": "member@example.com", "password": PASSWORD}),
    "token-refresh POST": Call(refresh_token),
    "token-verify POST": Call(access_token),
    "reference-image-list POST": Call(lambda world: {"image": world.file()}, is_form=True),
    "reference-image-detail GET their own": Call(is_own=True),
    "reference-image-detail PATCH their own": Call({"name": "Changed"}, is_own=True),
    "reference-image-detail PATCH": Call({"name": "Changed"}),
    "reference-image-detail DELETE their own": Call(is_own=True),
    "reference-image-urls GET their own": Call(is_own=True),
    "organization-list POST": Call({"name": "Initech"}),
    "organization-detail PATCH": Call({"name": "Changed"}),
    "member-list POST a viewer": Call({"email": "newcomer@example.com", "role": "viewer"}),
    "member-list POST an admin": Call({"email": "newcomer@example.com", "role": "admin"}),
    "member-list POST an owner": Call({"email": "newcomer@example.com", "role": "owner"}),
    "member-detail PATCH to admin": Call({"role": "admin"}),
    "member-detail PATCH to owner": Call({"role": "owner"}),
    "member-detail PATCH of an owner": Call({"role": "member"}, at_member("partner")),
    "member-detail PATCH their own": Call({"role": "owner"}, at_themself),
    "member-detail DELETE an owner": Call(at=at_member("partner")),
    "member-detail DELETE themself": Call(at=at_themself),
    "image-list POST": Call(a_file, is_form=True),
    "image-bulk-upload POST": Call(two_files, is_form=True),
    "image-bulk-delete POST": Call(loose_id),
    "image-bulk-delete POST their own": Call(loose_id, is_own=True),
    "image-bulk-delete POST attached": Call(first_id),
    "image-bulk-delete POST forced": Call(first_id, query="?force=true"),
    "image-detail PATCH": Call({"title": "Changed"}),
    "image-detail PATCH their own": Call({"title": "Changed"}, is_own=True),
    "image-detail DELETE their own": Call(is_own=True),
    "image-detail DELETE attached": Call(at=at_attached),
    "image-detail DELETE forced": Call(at=at_attached, query="?force=true"),
    "image-detail DELETE own attached": Call(at=at_attached, is_own=True),
    "image-detail DELETE own forced": Call(at=at_attached, query="?force=true", is_own=True),
    "image-file PUT": Call(a_file, is_form=True),
    "image-file PUT their own": Call(a_file, is_form=True, is_own=True),
    "share-resolve POST": Call({"token": TOKEN}),
    "upload-list POST": Call(
        {"file_name": "a.jpg", "content_type": "image/jpeg", "file_size": 1000}
    ),
    "upload-detail GET their own": Call(is_own=True),
    "upload-detail DELETE their own": Call(is_own=True),
    "upload-complete POST their own": Call(at=at_arrived, is_own=True),
    "upload-complete POST": Call(at=at_arrived),
    "upload-file PUT": Call(lambda world: world.upload_bytes, query=upload_signature),
    "gallery POST attach": Call(loose_image),
    "gallery POST upload": Call(a_file, is_form=True),
    "gallery-bulk-attach POST": Call(loose_image),
    "gallery-bulk-detach POST": Call(lambda world: {"image_ids": [world.first.pk]}),
    "gallery-bulk-upload POST": Call(two_files, is_form=True),
    "gallery-reorder POST": Call(lambda world: {"image_ids": [world.second.pk, world.first.pk]}),
    "gallery-set-cover POST": Call(lambda world: {"image_id": world.second.pk}),
    "gallery-image PATCH": Call({"custom_title": "Changed"}),
    "product-list POST": Call({"name": "Kettle", "organization": "acme"}),
    "product-detail PATCH": Call({"name": "Kettle"}),
    "product-upload-image POST": Call(an_image, is_form=True),
    "product-upload-image PUT": Call(an_image, is_form=True),
    "product-images POST": Call(an_image, is_form=True),
    "product-bulk-upload POST": Call(two_images, is_form=True),
    "product-reorder POST": Call(lambda world: {"order": world.shown[::-1]}),
    "product-image PATCH": Call({"caption": "Changed"}),
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready to be sent, once."""

    method: str
    path: str
    query: str
    body: Values | bytes | None
    format: str

    def send(self, client: APIClient) -> Any:
        """Send it."""
        if isinstance(self.body, bytes):
            path = self.path + self.query
            # The stubs know of texts only.
            body: Any = self.body
            return client.generic(self.method, path, body, content_type="image/jpeg")
        send = getattr(client, self.method.lower())
        return send(self.path + self.query, self.body, format=self.format)


def prepare(world: World, row: Row, who: str, **elsewhere: Any) -> Prepared:
    """Return the valid request of a row as this visitor sends it; `elsewhere` moves it."""
    call = CALLS.get(str(row), Call())
    if call.is_own:
        world.give_images_to(who)
    places: Values = {
        "slug": "acme",
        "membership_id": world.members["colleague"],
        "pk": world.loose.pk,
        "app_label": "testapp",
        "model": "album",
        "obj_id": world.album.pk,
        "image_id": world.first.pk,
        "share_id": world.share.pk,
        "upload_id": world.incoming.pk,
        "reference_image_id": world.reference.pk,
    }
    if route_named(row.route).is_public:
        places |= {"slug": world.product.slug, "image_id": world.shown[1]}
    places |= {**call.at(world, who), **elsewhere}
    kwargs = {name: places[name] for name in route_named(row.route).parameters}
    body = call.body(world) if callable(call.body) else call.body
    return Prepared(
        method=row.method,
        path=reverse(row.route, kwargs=kwargs),
        query=call.query(world) if callable(call.query) else call.query,
        body=body or None,
        format="multipart" if call.is_form else "json",
    )


def visitor(world: World, who: str) -> APIClient:
    """Return a client with the visitor's token. A token needs no other against forged requests."""
    client = client_of(world.users[who])
    client.handler.enforce_csrf_checks = True
    return client
