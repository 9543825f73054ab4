"""Renditions that a function of the instance names, and what happens when its fields change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db.models import F
from django.test import Client

import gallery
from gallery import registry, tasks
from gallery.exceptions import InvalidRenditionSpec
from gallery.models import MediaFile
from gallery.registry import DynamicSet
from gallery.renditions.sets import set_for
from gallery.renditions.urls import variants
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import SETS, keys, on_disk, watched_storage
from tests.gallery.media.http import assert_refused, status_of
from tests.testapp.models import Album, Poster

pytestmark = pytest.mark.django_db(transaction=True)
PHOTOS, WIDE, SMALL = {"square", "wide"}, {"banner", "broad"}, {"small"}


@pytest.fixture
def poster(upload: Upload) -> Poster:
    """Return a poster that has the renditions of a set by name."""
    return Poster.objects.create(image=upload(), name="one")


@pytest.fixture
def returned(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Return a function that says what the posters' function returns from now on."""

    def give(found: Any) -> None:
        dynamic = DynamicSet("posters", lambda _: found, ("kind",))
        monkeypatch.setattr(registry, "_dynamic_sets", {"posters": dynamic})

    return give


def made() -> set[str]:
    """Return the names of the live renditions."""
    live = MediaFile.objects.filter(state="live").exclude(original=None)
    return set(live.values_list("rendition", flat=True))


def fresh() -> Poster:
    return Poster.objects.get()


def test_create__by_the_name_of_a_set_and_by_pairs__makes_what_it_says(
    upload: Upload, media_root: Path
) -> None:
    assert [spec.name for spec in set_for(Poster())] == ["square", "wide"]
    poster = Poster.objects.create(image=upload(), kind="wide")

    assert made() == WIDE
    assert [handle.name for handle in poster.renditions()] == ["banner", "broad"]
    assert (poster.rendition("broad").width, poster.rendition("banner").width) == (90, 60)
    assert set(variants(poster)) == {"original"} | WIDE
    assert on_disk(media_root) == keys(state="live")


def save(poster: Poster, **values: Any) -> None:
    for name, value in values.items():
        setattr(poster, name, value)
    poster.save()


def save_these(poster: Poster, **values: Any) -> None:
    for name, value in values.items():
        setattr(poster, name, value)
    poster.save(update_fields=list(values))


def update(poster: Poster, **values: Any) -> None:
    Poster.objects.filter(pk=poster.pk).update(**values)


def bulk_update(poster: Poster, **values: Any) -> None:
    for name, value in values.items():
        setattr(poster, name, value)
    Poster.objects.bulk_update([poster], [name.removesuffix("_id") for name in values])


@pytest.mark.parametrize("change", [save, save_these, update, bulk_update])
@pytest.mark.parametrize("field", ["kind", "album", "album_id", "level"])
def test_field_it_depends_on__changed__makes_the_new_ones_and_keeps_the_old(
    poster: Poster,
    organization: Organization,
    media_root: Path,
    change: Callable[..., None],
    field: str,
) -> None:
    album = Album.objects.create(organization=organization)
    # None and 0 are two things.
    value = {"kind": "wide", "album": album, "album_id": album.pk, "level": 0}[field]
    assert made() == PHOTOS
    before = {key: (media_root / key).read_bytes() for key in keys()}

    change(poster, **{field: value})

    assert made() == PHOTOS | (WIDE if field == "kind" else SMALL)
    assert on_disk(media_root) == keys(state="live") >= set(before)
    assert before == {key: (media_root / key).read_bytes() for key in before}
    assert all(url != poster.image.url for url in list(variants(fresh()).values())[1:])
    assert MediaFile.objects.get(original=None).warming == "ready"


@pytest.mark.parametrize("change", [save, save_these, update, bulk_update])
def test_other_field__changed__makes_nothing(
    poster: Poster, media_root: Path, change: Callable[..., None]
) -> None:
    MediaFile.objects.get(rendition="square").delete()  # which a look at the ledger would notice
    with watched_storage() as calls:
        change(poster, name="two")

    assert (calls, made()) == ([], {"wide"})


def test_field_it_depends_on__not_among_those_saved__makes_nothing(poster: Poster) -> None:
    poster.kind, poster.name = "wide", "two"
    poster.save(update_fields=["name"])

    assert made() == PHOTOS
    assert set(variants(fresh())) == {"original"} | PHOTOS


def test_field_it_depends_on__changed_and_back__costs_nothing_the_second_time(
    poster: Poster,
) -> None:
    save(poster, kind="wide")
    with watched_storage() as calls:
        save(poster, kind="")
        save(poster, kind="wide")

    assert calls == []
    assert made() == PHOTOS | WIDE


def test_field_it_depends_on__set_to_null_by_a_deletion__is_made_by_the_warmer(
    poster: Poster, organization: Organization
) -> None:
    album = Album.objects.create(organization=organization)
    save(poster, album=album)
    MediaFile.objects.filter(rendition__in=PHOTOS).delete()
    album.delete()  # Django writes the column itself and tells nobody

    assert tasks.warm("testapp.poster.image", poster.pk) == 2


@pytest.mark.parametrize(
    "garbage",
    [
        *(None, 7, object(), [7], ["wide"], [("wide",)], [("wide", "webp_fit__9x9-q60", "more")]),
        *([("wide", 9)], [(9, "webp_fit__9x9-q60")], [(["a"], "webp_fit__9x9-q60")], "gone"),
        *([("wide", "webp_fit__9x")], [("Wide!", "webp_fit__9x9-q60")], [("", "webp_fit__9x9")]),
        *({"wide": "webp_fit__9x9-q60"}, [("original", "webp_fit__9x9-q60")], {"wide"}, b"photos"),
        [("a", "webp_fit__9x9-q60"), ("a", "webp_fit__8x8-q60")],
        [("square", "webp_fit__9x9-q60")],  # the settings call another one so: one file for two
    ],
)
def test_function__that_returns_no_set__is_told_so_and_nothing_is_stored(
    upload: Upload, media_root: Path, returned: Callable[[Any], None], garbage: Any
) -> None:
    returned(garbage)
    with pytest.raises(InvalidRenditionSpec) as caught:
        Poster.objects.create(image=upload())

    assert len(caught.value.message) > 20
    assert on_disk(media_root) == keys() == set()


@pytest.mark.parametrize(
    "found", [[["tiny", "webp_fit__9x9-q60"]], {"tiny": "webp_fit__9x9-q60"}.items()]
)
def test_function__that_returns_pairs_of_any_kind__is_understood(
    returned: Callable[[Any], None], found: Any
) -> None:
    returned(found)

    assert [spec.name for spec in set_for(Poster())] == ["tiny"]


def test_function__that_returns_nothing__makes_nothing(
    upload: Upload, returned: Callable[[Any], None]
) -> None:
    returned([])
    poster = Poster.objects.create(image=upload())

    assert (made(), variants(poster)) == (set(), {"original": poster.image.url})


def test_function__whose_names_the_settings_take_later__is_told_so(
    settings: Any, returned: Callable[[Any], None]
) -> None:
    returned([("late", "webp_fit__9x9-q60")])
    assert len(set_for(Poster())) == 1
    setattr(settings, SETS, {"photos": [("late", "webp_fit__8x8-q60")]})

    with pytest.raises(InvalidRenditionSpec, match="late"):
        set_for(Poster())


def test_list__of_fifty__costs_two_queries(poster: Poster, django_assert_num_queries: Any) -> None:
    size = {"image_width": poster.image_width, "image_height": poster.image_height}
    Poster.objects.bulk_create(
        Poster(image=poster.original_key, **size, kind="wide" if number % 2 else "")
        for number in range(49)
    )
    with watched_storage() as calls, django_assert_num_queries(2):
        found = [variants(each) for each in Poster.objects.with_renditions()]

    assert calls == []
    assert len(found) == 50
    assert {frozenset(urls) for urls in found} == {
        frozenset({"original"} | PHOTOS),
        frozenset({"original"} | WIDE),
    }


def test_media__just_in_time__makes_what_that_very_instance_has(
    settings: Any, upload: Upload
) -> None:
    settings.GALLERY = {"STRATEGIES": {"posters": "just_in_time"}}
    plain, wide = (Poster.objects.create(image=upload(), kind=kind) for kind in ("", "wide"))
    assert made() == set()
    for one, other in ((plain, wide), (wide, plain)):
        base = one.original_key.removesuffix(".jpg")
        for name in [handle.name for handle in other.renditions()]:
            assert_refused(Client().get(f"/media/{base}_{name}.webp"), 404)
    assert made() == set()
    for poster in (plain, wide):
        assert {status_of(Client().get(each.url)) for each in poster.renditions()} == {200}
    assert made() == PHOTOS | WIDE

    update(plain, kind="wide")
    plain.refresh_from_db()
    assert status_of(Client().get(plain.rendition("broad").url)) == 200


def test_register__another_function_by_the_same_name__is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def renditions(_: Any) -> str:
        return "photos"

    def other(_: Any) -> str:
        return "gallery"

    monkeypatch.setattr(registry, "_dynamic_sets", {})
    register = gallery.rendition_set("taken")
    assert register(renditions) is renditions
    register(renditions)  # a module that is imported twice
    with pytest.raises(ImproperlyConfigured, match="taken"):
        register(other)
    # One that is called the same, in another module.
    other.__qualname__, other.__module__ = renditions.__qualname__, "elsewhere"
    with pytest.raises(ImproperlyConfigured, match="taken"):
        register(other)


@pytest.mark.parametrize(
    ("name", "depends_on", "wrong"),
    [("photos", (), "'photos'"), ("posters", ("kind", "album_id", "colour"), "'colour'")],
)
def test_check__name_of_a_configured_set_or_a_field_that_is_not_there__is_an_error(
    monkeypatch: pytest.MonkeyPatch, name: str, depends_on: tuple[str, ...], wrong: str
) -> None:
    wanted = {**registry._dynamic_sets, name: DynamicSet(name, lambda _: "gallery", depends_on)}
    monkeypatch.setattr(registry, "_dynamic_sets", wanted)

    [problem] = run_checks(tags=["gallery"])
    assert (problem.id, bool(problem.hint)) == ("gallery.E016", True)
    assert wrong in problem.msg


def test_field_it_depends_on__saved_as_an_expression__is_what_the_database_makes_of_it(
    poster: Poster,
) -> None:
    update(poster, level=1)
    MediaFile.objects.filter(rendition="small").delete()
    poster.level = F("level") + 1
    poster.save()

    assert poster.level == 2
    assert made() == PHOTOS | SMALL
