"""What browsers may choose from: real widths, each once, and one ratio; no file is looked at."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as PillowImage

from gallery.exceptions import GalleryError, MixedRatios, UnknownRendition
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile, PolymorphicImageRelation
from gallery.renditions.pictures import Picture, picture_of
from orgs.models import Organization
from tests.gallery.heart import SETS, uploaded
from tests.testapp.models import Photo

WEBP = [
    ("thumb", "webp_crop__160x160-q65"),
    ("lg", "webp_fit__2048x2048-q85"),
    ("sm", "webp_fit__640x640-q80"),
    ("md", "webp_fit__1024x1024-q85"),
]
ALL_FORMATS = [
    *(("jsm", "jpeg_fit__320x320-q80"), ("jlg", "jpeg_fit__640x640-q80")),
    *(("wsm", "webp_fit__320x320-q80"), ("wlg", "webp_fit__640x640-q80")),
    *(("asm", "avif_fit__320x320-q50"), ("alg", "avif_fit__640x640-q50")),
]
OPAQUE, TRANSPARENT = "1QcSHQRnh493V4dIh4eXh1h4kJUI", "YJqGPQw7sFlslqhFafSE+Q6oJ1h2iHB2Rw=="


@pytest.fixture
def gallery_set(settings: Any) -> Any:
    """Return a function that says what renditions images have."""
    return lambda entries: setattr(settings, SETS, {"gallery": entries, "other": WEBP[:2]})


def an_image(size: tuple[int, int] = (3000, 2000), **values: Any) -> Image:
    """Return an image that is nowhere but in memory, with a file that is not there."""
    width, height = size
    image = Image(width=width, height=height, **values)
    image.__dict__["file"] = "images/a.jpg"
    return image


def widths(picture: Picture) -> dict[str, list[int]]:
    """Return the candidates of each source, and those of the `img`."""
    found = {source.content_type: source.candidates for source in picture.sources}
    if picture.img:
        found["img"] = picture.img.candidates
    return {name: [each.width for each in candidates] for name, candidates in found.items()}


# --- what there is to choose from -------------------------------------------------------------


def test_picture__of_one_format__is_an_img_of_what_fits() -> None:
    picture = picture_of(an_image())

    assert picture.img is not None
    assert picture.sources == ()
    assert picture.img.srcset == (
        "/media/images/a_sm.webp 640w, /media/images/a_md.webp 1024w, /media/images/a_lg.webp 2048w"
    )
    assert picture.img.src == "/media/images/a_lg.webp"
    assert (picture.img.width, picture.img.height) == (2048, 1365)
    assert (picture.sizes, picture.loading, picture.decoding) == ("100vw", "lazy", "async")


def test_picture__of_a_portrait__has_real_widths_in_order(gallery_set: Any) -> None:
    gallery_set([*WEBP, ("strip", "webp_fit__320x8192-q80")])

    assert widths(picture_of(an_image((2000, 3000)))) == {"img": [320, 427, 683, 1365]}


def test_picture__of_a_small_original__has_each_width_once_from_the_smallest_box(
    gallery_set: Any,
) -> None:
    gallery_set([*WEBP, ("xl", "webp_fit__4096x4096-q85")])
    picture = picture_of(an_image((800, 600)))

    assert picture.img is not None
    assert [(c.url, c.width, c.height) for c in picture.img.candidates] == [
        ("/media/images/a_sm.webp", 640, 480),
        ("/media/images/a_md.webp", 800, 600),
    ]
    assert picture.img.src == "/media/images/a_md.webp"


@pytest.mark.parametrize(
    ("formats", "order"),
    [
        ("jwa", ["image/avif", "image/webp", "img:.jpg"]),
        ("wa", ["image/avif", "img:.webp"]),
        ("ja", ["image/avif", "img:.jpg"]),
        ("a", ["img:.avif"]),
    ],
)
def test_picture__of_several_formats__tries_the_smallest_first_and_falls_back_to_the_oldest(
    gallery_set: Any, formats: str, order: list[str]
) -> None:
    gallery_set([entry for entry in ALL_FORMATS if entry[0][0] in formats])
    picture = picture_of(an_image())

    assert picture.img is not None
    fallback = "img:" + picture.img.src[picture.img.src.rindex(".") :]
    assert [*(source.content_type for source in picture.sources), fallback] == order
    assert set(map(tuple, widths(picture).values())) == {(320, 640)}


def test_picture__of_a_set_that_only_crops_to_one_ratio__has_the_crops(gallery_set: Any) -> None:
    gallery_set([("s", "webp_crop__160x90-q65"), ("l", "webp_crop__641x361-q65")])

    assert widths(picture_of(an_image())) == {"img": [160, 641]}


@pytest.mark.parametrize(
    "entries", [[], [("s", "webp_crop__160x90-q65"), ("l", "webp_crop__160x160-q65")]]
)
def test_picture__of_a_set_with_nothing_to_choose_from__is_the_original(
    gallery_set: Any, entries: list[tuple[str, str]]
) -> None:
    gallery_set(entries)
    picture = picture_of(an_image(ppoi=(0.3, 0.7), alt_text="A boat"))

    assert picture.img is not None
    assert (picture.img.src, picture.img.srcset) == ("/media/images/a.jpg", "")
    assert (picture.img.width, picture.img.height, picture.img.alt) == (3000, 2000, "A boat")
    assert picture.object_position == "30% 70%"


def test_picture__without_an_image__is_empty() -> None:
    assert picture_of(Photo(name="empty"), names=["wide"], alt="A boat") == Picture(None)


# --- by name ----------------------------------------------------------------------------------


def test_names__choose_in_any_order() -> None:
    assert widths(picture_of(an_image(), names=["lg", "sm"])) == {"img": [640, 2048]}


def test_names__that_crop__are_of_one_ratio(gallery_set: Any) -> None:
    gallery_set([*WEBP, ("mid", "avif_crop__320x320-q65"), ("flat", "webp_crop__320x318-q65")])

    found = widths(picture_of(an_image(), names=["mid", "thumb"]))
    assert found == {"image/avif": [320], "img": [160]}
    for names in (["thumb", "sm"], ["sm", "thumb"], ["thumb", "flat"], ["flat", "mid"]):
        with pytest.raises(MixedRatios, match=", ".join(names)) as raised:
            picture_of(an_image(), names=names)
        assert isinstance(raised.value, GalleryError)


def test_names__unknown__are_answered_with_the_known() -> None:
    with pytest.raises(UnknownRendition, match=r"'huge'; there are: thumb, sm, md, lg\."):
        picture_of(an_image(), names=["sm", "huge"])


# --- what is said about it --------------------------------------------------------------------


def test_alt__is_the_images_own_unless_it_is_decorative_or_said_otherwise() -> None:
    def alt(subject: Any, **options: Any) -> str:
        img = picture_of(subject, **options).img
        assert img is not None
        return img.alt

    image, silent = an_image(alt_text="A boat"), an_image(alt_text="A boat", decorative=True)
    photo = Photo(image_width=9, image_height=9)
    photo.__dict__["image"] = "images/p.jpg"

    assert [alt(image), alt(silent), alt(an_image()), alt(photo)] == ["A boat", "", "", ""]
    assert [alt(image, alt=""), alt(photo, alt="A cup")] == ["", "A cup"]
    use = PolymorphicImageRelation(image=silent, custom_alt_text="The front")
    assert [alt(PolymorphicImageRelation(image=image)), alt(use)] == ["A boat", "The front"]
    assert alt(PolymorphicImageRelation(image=silent)) == ""


def test_picture__of_a_relation__is_of_its_set_and_on_its_point(gallery_set: Any) -> None:
    gallery_set([("s", "webp_crop__40x40-q60")])
    image = an_image((400, 300), ppoi=(0.9, 0.9))
    relation = PolymorphicImageRelation(image=image, ppoi=(0.3, 0.7), rendition_set="other")
    fitting, crop = picture_of(relation), picture_of(relation, names=["thumb"])

    assert fitting.img is not None
    assert fitting.img.src == "/media/images/a_lg.webp"
    assert fitting.object_position == "30% 70%"
    assert crop.img is not None
    assert crop.img.src == "/media/images/a_thumb-30x70.webp"
    own = picture_of(PolymorphicImageRelation(image=image))
    assert own.img is not None
    assert own.img.src == "/media/images/a_s-90x90.webp"


@pytest.mark.parametrize(
    ("point", "position"),
    [
        ((0.4, 0.7), "50% 70%"),  # as high as the picture: only left and right are cut
        ((0.1, 0.5), "13% 50%"),  # pushed back from the edge, so not in the middle of it
        ((1.0, 0.0), "100% 0%"),
        ((0.5, 0.5), "50% 50%"),
    ],
)
def test_object_position__in_a_crop__is_where_the_point_is_in_it(
    point: tuple[float, float], position: str
) -> None:
    picture = picture_of(an_image((401, 300), ppoi=point), names=["thumb"])

    assert picture.object_position == position
    assert ("object-position" in picture.style) is (point != (0.5, 0.5))
    # Of two pixels, none is the middle one.
    assert picture_of(an_image((5, 2)), names=["thumb"]).object_position == "50% 50%"


def test_style__says_only_what_changes_something() -> None:
    def style(hash_: str, **options: Any) -> str:
        image = an_image(ppoi=(0.3, 0.7), placeholder_color="#aabbcc", placeholder_thumbhash=hash_)
        return picture_of(image, **options).style

    assert picture_of(an_image()).style == ""
    assert style(OPAQUE) == "object-position: 30% 70%; background-color: #aabbcc"
    assert style("") == "object-position: 30% 70%; background-color: #aabbcc"
    assert style(TRANSPARENT) == style(OPAQUE, placeholder=False) == "object-position: 30% 70%"


@pytest.mark.parametrize("wrong", [{"loading": "later"}, {"fetchpriority": "urgent"}])
def test_picture__in_words_that_html_does_not_know__is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong.values()))):
        picture_of(an_image(), **wrong)


# --- files of every format --------------------------------------------------------------------

MAGIC = {"avif": (4, b"ftypavif"), "webp": (8, b"WEBP"), "jpeg": (0, b"\xff\xd8\xff")}


@pytest.mark.django_db(transaction=True)
def test_set_of_every_format__is_made_with_real_sizes_and_listed_avif_first(
    organization: Organization, media_root: Path, gallery_set: Any
) -> None:
    gallery_set(ALL_FORMATS)
    buffer = BytesIO()
    half = PillowImage.new("RGBA", (800, 400), (255, 0, 0, 0))
    half.paste((0, 0, 255, 255), (400, 0, 800, 400))
    half.save(buffer, "PNG")
    image = uploaded(organization, SimpleUploadedFile("half.png", buffer.getvalue()))
    picture = picture_of(image)

    assert [source.content_type for source in picture.sources] == ["image/avif", "image/webp"]
    assert picture.img is not None
    listed = [each for source in picture.sources for each in source.candidates]
    listed += picture.img.candidates
    made = {file.key: file for file in MediaFile.objects.exclude(original=None)}
    assert {candidate.url.removeprefix("/media/") for candidate in listed} == made.keys()
    for candidate in listed:
        file = made[candidate.url.removeprefix("/media/")]
        data, name = (media_root / file.key).read_bytes(), file.content_type.partition("/")[2]
        start, magic = MAGIC[name]
        assert data[start:].startswith(magic)
        with PillowImage.open(BytesIO(data)) as opened:
            assert opened.size == (candidate.width, candidate.height) == (file.width, file.height)
            corner, opposite = (
                opened.convert("RGBA").getpixel(point)
                for point in ((5, 5), (opened.width - 5, opened.height - 5))
            )
        assert opposite == pytest.approx((0, 0, 255, 255), abs=12)
        if name == "jpeg":
            assert corner == pytest.approx((255, 255, 255, 255), abs=6)
        else:
            assert isinstance(corner, tuple)
            assert corner[3] == 0
    assert picture.focal_point == FocalPoint.CENTER
    assert "background" not in picture.style


@pytest.mark.django_db(transaction=True)
def test_grammar_of_the_library__gives_the_keys_that_the_warmer_made(
    organization: Organization, upload: Any, gallery_set: Any
) -> None:
    gallery_set([*ALL_FORMATS, ("face", "avif_crop__40x40-q50")])
    image = uploaded(organization, upload(), focal_point=FocalPoint(30, 70))
    file: Any = image.file
    by_grammar = {
        file.avif_fit["640x640-q50"].url: "alg",
        file.webp_fit["320x320-q80"].url: "wsm",
        file.jpeg_fit["320x320-q80"].url: "jsm",
        file.avif_crop["40x40-q50"].url: "face",
    }

    for url, name in by_grammar.items():
        assert MediaFile.objects.live(url.removeprefix("/media/")) is not None, name
        assert image.rendition(name).url == url
