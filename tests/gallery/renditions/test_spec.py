"""Size key ⇄ spec ⇄ file name, for names of every kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.exceptions import InvalidRenditionSpec
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.render import Operation, OutputFormat
from gallery.renditions.spec import RenditionKey, RenditionSpec

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,31}", fullmatch=True)
POINTS = st.builds(FocalPoint, st.integers(0, 100), st.integers(0, 100))
SPECS = st.builds(
    lambda name, *parts: RenditionSpec.parse("{}_{}__{}x{}-q{}-v{}".format(*parts), name=name),
    NAMES | st.just(""),
    st.sampled_from(OutputFormat),
    st.sampled_from(Operation),
    st.integers(1, 8192),
    st.integers(1, 8192),
    st.integers(1, 100),
    st.integers(1, 9999),
)
# Folders and base names as hostile as they come: dots, underscores, spaces, look-alikes of ours.
BASES = st.text(
    st.sampled_from("aZ0_-. éß語\U0001f600x_thumb-v2/"), min_size=1, max_size=40
).filter(lambda text: not text.endswith((".", "/")) and "/." not in text and text[0] not in "./")


@given(SPECS)
def test_size_key__of_any_spec__reads_back_as_that_spec(spec: RenditionSpec) -> None:
    is_named = "-" not in spec.name

    assert RenditionSpec.parse(spec.size_key, name=spec.name if is_named else "") == spec


@given(SPECS, POINTS, BASES, st.sampled_from([".jpg", ".PNG", ".webp", ""]))
def test_key__of_any_spec_and_point__reads_back(
    spec: RenditionSpec, point: FocalPoint, base: str, extension: str
) -> None:
    if not extension and "." in base.rsplit("/", 1)[-1]:
        base = base.replace(".", "")
    key = spec.key_for(base + extension, point)

    expected = point if spec.follows_focal_point else FocalPoint.CENTER
    assert RenditionKey.parse(key) == RenditionKey(
        base, spec.label, expected, spec.format.extension
    )


@given(SPECS, SPECS, POINTS, POINTS)
def test_key__of_different_renditions__is_different(
    one: RenditionSpec, other: RenditionSpec, here: FocalPoint, there: FocalPoint
) -> None:
    def identity(spec: RenditionSpec, point: FocalPoint) -> tuple[object, ...]:
        return spec.label, spec.format, point if spec.follows_focal_point else FocalPoint.CENTER

    if identity(one, here) != identity(other, there):
        assert one.key_for("a.jpg", here) != other.key_for("a.jpg", there)


@pytest.mark.parametrize(
    ("original", "key"),
    [
        ("images/a.jpg", "images/a_thumb.webp"),
        ("images/a b.jpg", "images/a b_thumb.webp"),
        ("images/ab.jpg", "images/ab_thumb.webp"),
        ("images/a.tar.gz", "images/a.tar_thumb.webp"),
        ("images/noextension", "images/noextension_thumb.webp"),
        ("im.ages/noextension", "im.ages/noextension_thumb.webp"),
        ("images/.hidden", "images/.hidden_thumb.webp"),
        ("images//x/./y.png", "images//x/./y_thumb.webp"),
        ("images/a_thumb.webp", "images/a_thumb_thumb.webp"),
        ("日本語.jpg", "日本語_thumb.webp"),
    ],
)
def test_key__hostile_base_names__differ_only_where_they_do(original: str, key: str) -> None:
    spec = RenditionSpec.parse("webp_crop__160x160-q65", name="thumb")

    assert spec.key_for(original) == key


@pytest.mark.parametrize(
    ("key", "label", "point"),
    [
        ("a_thumb.webp", "thumb", "50x50"),
        ("a_thumb-30x70.webp", "thumb", "30x70"),
        ("a_thumb-v2.webp", "thumb-v2", "50x50"),
        ("a_thumb-v2-30x70.webp", "thumb-v2", "30x70"),
        ("a_crop-30x70.webp", "crop", "30x70"),
        ("a_crop-30x70-q80.webp", "crop-30x70-q80", "50x50"),
        ("a_crop-30x70-q80-v3-1x2.avif", "crop-30x70-q80-v3", "1x2"),
        ("a_b_c-v2_fit-1x1-q1.jpg", "fit-1x1-q1", "50x50"),
    ],
)
def test_key__ambiguous_names__read_one_way(key: str, label: str, point: str) -> None:
    parsed = RenditionKey.parse(key)

    assert parsed is not None
    assert (parsed.label, str(parsed.focal_point)) == (label, point)


@pytest.mark.parametrize(
    "key", ["", "a.jpg", "a_.webp", "_thumb.webp", "a_thumb", "a_thumb-101x0.webp", "a_Thumb.webp"]
)
def test_key__of_no_rendition__is_none(key: str) -> None:
    assert RenditionKey.parse(key) is None


@pytest.mark.parametrize(
    "size_key",
    [
        *("", "url", "crop__400x400", "webp_crop__0x10", "webp_crop__10x8193", "webp_crop__10"),
        *("webp_crop__10x10-q0", "webp_crop__10x10-q101", "webp_crop__10x10-v0", "gif_crop__1x1"),
        *("webp_zoom__1x1", "webp_crop__٣x٣", "webp_crop__1x1\n", " webp_crop__1x1"),
        "webp_crop__1x1-v2-q80",
    ],
)
def test_parse__not_of_the_grammar__is_refused(size_key: str) -> None:
    with pytest.raises(InvalidRenditionSpec):
        RenditionSpec.parse(size_key)


@pytest.mark.parametrize("name", ["Thumb", "a_b", "a-b", "1a", "x" * 33, "ä", "crop-1x1-q1"])
def test_parse__impossible_name__is_refused(name: str) -> None:
    with pytest.raises(InvalidRenditionSpec):
        RenditionSpec.parse("webp_crop__1x1", name=name)
