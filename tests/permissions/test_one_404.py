"""What is somebody else's and what is not there are one 404: nobody can tell them apart."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery.registry import attachable_named
from tests.accounts.clients import problem_of
from tests.permissions.calls import Values, prepare, visitor
from tests.permissions.routes import route_named
from tests.permissions.table import FIRSTS, ROWS, Row
from tests.permissions.world import (
    ALBUM,
    FOREIGN_ALBUM,
    FOREIGN_IMAGE,
    MISSING,
    MISSING_UPLOAD,
    NOT_FOUND,
    World,
    everything,
)
from tests.testapp.models import Album, Card, Note, Page

OF_ORGANIZATIONS = [
    row for row in FIRSTS if route_named(row.route).is_of_an_organization and not row.is_open
]
OF_OBJECTS = [row for row in FIRSTS if "obj_id" in route_named(row.route).parameters]
NUMBERS = ("membership_id", "pk", "image_id", "share_id")
NUMBERED = [row for row in OF_ORGANIZATIONS if {*NUMBERS} & {*route_named(row.route).parameters}]

NOT_ATTACHABLE = [
    *(("accounts", "user"), ("sessions", "session"), ("contenttypes", "contenttype")),
    *(("admin", "logentry"), ("testapp", "note"), ("testapp", "albumproxy")),
    *(("testapp", "Album"), ("nobody", "album")),
]
NEITHER = [
    *(("orgs", "membership"), ("orgs", "Organization"), ("gallery", "image")),
    *(("gallery", "mediafile"), ("gallery", "polymorphicimagerelation"), ("testapp", "photo")),
    *(("TESTAPP", "album"), ("testapp", "ALBUM"), ("testapp", "album "), ("testapp", "albums")),
    *(("testapp", "nothing"), ("nobody", "nothing"), ("tests.testapp", "album")),
    *(("testapp", "album\x00"), ("testapp", "%"), ("12", "12")),
]
NO_NUMBERS = ["abc", "0x4d2", "1_234", "-1234", "+1234", "1234.0", "1e3", str(2**63), str(2**70)]
ARABIC, WIDE = ("".join(chr(zero + int(d)) for d in str(ALBUM)) for zero in (0x660, 0xFF10))
NO_KEYS = ["abc", "0x4d2", "1_234", f"00{ALBUM}", str(2**70), ARABIC]
NO_KEYS_EITHER = [
    *({*NO_NUMBERS} - {*NO_KEYS}),
    *(WIDE, f" {ALBUM}", f"{ALBUM} ", f"{ALBUM}\n", f"{ALBUM}\x00", "\x00", "None", "%", "a" * 300),
]
ATTACHABLE = {"orgs.organization", "testapp.album", "testapp.page", "testapp.card"}
TABLES_TO_ASK = {name.replace(".", "_") for name in ATTACHABLE} | {
    *("accounts_user", "orgs_membership")
}


def wrong_turns(row: Row) -> Iterator[tuple[str, Values]]:
    """Yield who asks and where, wherever this row leads to nothing."""
    yield "outsider", {"slug": "acme"}
    yield "removed", {"slug": "acme"}
    for who in ("outsider", "owner", "superuser"):
        yield who, {"slug": "no-such-organisation"}
    parameters = route_named(row.route).parameters
    if parameters == ["slug"]:
        return
    # The ids of acme in globex, then ids of nobody.
    yield "outsider", {"slug": "globex"}
    yield "superuser", {"slug": "globex"}
    nobodys: Values = dict.fromkeys((*NUMBERS, "obj_id"), MISSING)
    nobodys["upload_id"] = MISSING_UPLOAD
    yield "outsider", {"slug": "globex", **nobodys}
    yield "owner", nobodys
    if "image_id" in parameters:
        # One's own object with an image of others, and with one that is not there.
        yield "outsider", {"slug": "globex", "obj_id": FOREIGN_ALBUM}
        yield "owner", {"image_id": FOREIGN_IMAGE}
        yield "owner", {"image_id": MISSING}


@pytest.mark.parametrize("row", OF_ORGANIZATIONS, ids=str)
def test_foreign__is_as_missing(
    world: World, media_root: Path, subtests: pytest.Subtests, row: Row
) -> None:
    prepare(world, row, "owner")  # which may make what it is about
    before, headers = everything(media_root), []
    for who, where in wrong_turns(row):
        with subtests.test(who=who, **where):
            response = prepare(world, row, "owner", **where).send(visitor(world, who))
            headers.append(dict(response.items()) | {"Content-Length": "depends on the path"})

            assert problem_of(response) == NOT_FOUND
    assert all(each == headers[0] for each in headers)
    assert everything(media_root) == before


@pytest.mark.parametrize("row", NUMBERED, ids=str)
def test_foreign__is_as_what_is_no_number(world: World, row: Row) -> None:
    # Of an image's share: both.
    name = min({*NUMBERS} & {*route_named(row.route).parameters})
    client = visitor(world, "owner")
    for text in NO_NUMBERS:
        request = prepare(world, row, "owner", **{name: MISSING})
        path = request.path.replace(str(MISSING), text)

        assert problem_of(replace(request, path=path).send(client)) == NOT_FOUND, text


# --- objects ----------------------------------------------------------------------------------


Place = tuple[str, str, str]


def objects_of_nobody(world: World) -> list[Place]:
    """Return label, model and id of what acme has no gallery for, though some of it is there."""
    Note.objects.create(pk=ALBUM, organization_id=world.album.organization_id)
    ids = {
        "user": str(world.user("owner").pk),
        "contenttype": str(ContentType.objects.get_for_model(Note).pk),
    }
    models = [(label, name, ids.get(name, str(ALBUM))) for label, name in NOT_ATTACHABLE]
    keys = [*NO_KEYS, str(MISSING), str(FOREIGN_ALBUM)]
    return [*models, *(("testapp", "album", key) for key in keys)]


def more_objects_of_nobody(world: World) -> list[Place]:
    """Return more of them, which no view could tell from those above."""
    ids = {"Organization": str(world.album.organization_id), "image": str(world.loose.pk)}
    models = [(label, name, ids.get(name, str(ALBUM))) for label, name in NEITHER]
    theirs = Page.objects.create(slug="theirs", album_id=FOREIGN_ALBUM)
    pages = [("testapp", "page", key) for key in (theirs.pk, "missing", "1234")]
    cards = [Card.objects.create(), Card.objects.create(album_id=FOREIGN_ALBUM)]
    keys = [*(str(card.pk) for card in cards), str(uuid.uuid4()), "1234"]
    foreign = Album.objects.get(pk=FOREIGN_ALBUM).organization_id
    organizations = [("orgs", "organization", str(key)) for key in (foreign, MISSING)]
    albums = [("testapp", "album", key) for key in NO_KEYS_EITHER]
    return [*models, *albums, *pages, *(("testapp", "card", key) for key in keys), *organizations]


@pytest.mark.parametrize("row", OF_OBJECTS, ids=str)
def test_object__of_nobody_is_one_404(world: World, media_root: Path, row: Row) -> None:
    places, client = objects_of_nobody(world), visitor(world, "owner")
    before = everything(media_root)
    for place in places:
        where = dict(zip(("app_label", "model", "obj_id"), place, strict=True))
        response = prepare(world, row, "owner", **where).send(client)

        assert problem_of(response) == NOT_FOUND, place
    assert everything(media_root) == before


def test_object__of_any_installed_model_that_is_not_registered(world: World) -> None:
    client = visitor(world, "superuser")
    for model in apps.get_models():
        label, name = model._meta.app_label, model._meta.model_name or ""
        if attachable_named(label, name) is None:
            for key in {"1", str(model._base_manager.values_list("pk", flat=True).first())}:
                path = reverse("gallery", args=["acme", label, name, key])
                assert problem_of(client.get(path)) == NOT_FOUND, path


def test_object__of_nobody_costs_the_same(world: World) -> None:
    """Only tables of registered models are asked, so time tells no more than the body does."""
    client = visitor(world, "owner")
    costs: dict[tuple[str, str], int] = {}
    for label, model, key in (*objects_of_nobody(world), *more_objects_of_nobody(world)):
        with CaptureQueriesContext(connection) as queries:
            response = client.get(reverse("gallery", args=["acme", label, model, key]))
        asked = {name for each in queries for name in re.findall(r'FROM "(\w+)"', each["sql"])}

        assert problem_of(response) == NOT_FOUND, (label, model, key)
        assert asked <= TABLES_TO_ASK, (label, model, key)
        costs[f"{label}.{model}", key] = len(queries)
    assert len({cost for (name, _), cost in costs.items() if name not in ATTACHABLE}) == 1
    missing, foreign = (costs["testapp.album", str(key)] for key in (MISSING, FOREIGN_ALBUM))
    assert missing == foreign


# --- ids in bodies ----------------------------------------------------------------------------

# What acme answers to an id of globex, alone or beside one of its own.
IN_BODIES = {
    "gallery POST attach": ("image_ids", 404),
    "gallery-bulk-attach POST": ("image_ids", 403),
    "gallery-bulk-detach POST": ("image_ids", 403),
    "gallery-reorder POST": ("image_ids", 400),
    "gallery-set-cover POST": ("image_id", 404),
    "image-bulk-delete POST": ("ids", 200),
}


@pytest.mark.parametrize("row", [row for row in ROWS if str(row) in IN_BODIES], ids=str)
def test_id_in_a_body__foreign_is_as_missing(world: World, media_root: Path, row: Row) -> None:
    name, status = IN_BODIES[str(row)]
    request, client = prepare(world, row, "owner"), visitor(world, "owner")
    before, answers = everything(media_root), set()
    for number in (FOREIGN_IMAGE, MISSING):
        body: object = [number] if name.endswith("ids") else number
        response = replace(request, body={name: body}).send(client)

        assert response.status_code == status
        answers.add(response.content.replace(str(number).encode(), b"the id"))
    assert len(answers) == 1
    assert everything(media_root) == before


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if IN_BODIES.get(str(row), ("", 200)) == ("image_ids", 403)],
    ids=str,
)
def test_id_in_a_body__one_foreign_spoils_all(world: World, media_root: Path, row: Row) -> None:
    before = everything(media_root)
    ids = [world.loose.pk, world.first.pk, FOREIGN_IMAGE]
    response = replace(prepare(world, row, "owner"), body={"image_ids": ids}).send(
        visitor(world, "owner")
    )

    assert response.status_code == 403
    assert everything(media_root) == before
