"""Files and focal points in forms: what is shown, what is taken, and what is refused."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import modelform_factory
from django.utils.datastructures import MultiValueDict

from gallery.imaging.focal_point import FocalPoint
from gallery.models import PolymorphicImageRelation
from gallery.models.form_fields import FocalPointFormField, ImageFormField
from gallery.models.widgets import FocalPointWidget, PickerCrop, PickerPicture
from tests.conftest import Upload
from tests.gallery.heart import watched_storage
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db(transaction=True)

PhotoForm = modelform_factory(Photo, fields=["image"])
CROPS = [{"name": "square", "width": 40, "height": 40}]


@pytest.fixture
def photo(upload: Upload) -> Photo:
    return Photo.objects.create(image=upload(), image_ppoi=(0.2, 0.8))


def submitted(
    photo: Photo | None = None, *uploads: SimpleUploadedFile, **data: str
) -> forms.ModelForm[Photo]:
    files: MultiValueDict[str, Any] = MultiValueDict({"image_0": list(uploads)} if uploads else {})
    return PhotoForm(data, files, instance=photo)


def picker_in(html: object) -> dict[str, Any]:
    """Return the data attributes of the picker, and the value of its field."""
    tag = re.search(r"<focal-point-picker([^>]*)>", str(html))
    field = re.search(r'<input type="text"([^>]*)>', str(html))
    assert tag
    assert field
    found = dict(re.findall(r'data-([a-z-]+)="([^"]*)"', tag[1]))
    value = re.search(r'value="([^"]*)"', field[1])
    return {
        **{name: unescape(text) for name, text in found.items()},
        "crops": json.loads(unescape(found["crops"])),
        "value": value[1] if value else "",
    }


def codes_of(form: forms.BaseForm) -> dict[str, list[str]]:
    errors = form.errors.get_json_data()
    return {name: [each["code"] for each in found] for name, found in errors.items()}


@pytest.mark.parametrize("is_loaded", [True, False])
def test_picker__of_a_saved_image__shows_its_largest_whole_rendition(
    photo: Photo, django_assert_num_queries: Any, is_loaded: bool
) -> None:
    if is_loaded:
        photo = Photo.objects.with_renditions().get(pk=photo.pk)
    form = PhotoForm(instance=photo)
    with watched_storage() as calls, django_assert_num_queries(0 if is_loaded else 1):
        html = form["image"].as_widget()

    assert calls == []
    assert picker_in(html) == {
        "src": photo.rendition("wide").url,
        "width": "400",
        "height": "300",
        "crops": CROPS,
        "value": "0.2x0.8",
    }
    assert f'<a href="{photo.image.url}">' in html


def test_picker__where_no_rendition_is_made__shows_the_original(photo: Photo) -> None:
    photo.__dict__["rendition_files"] = {}

    assert picker_in(PhotoForm(instance=photo)["image"])["src"] == photo.image.url


@pytest.mark.parametrize("form", [PhotoForm(), PhotoForm(instance=Photo())], ids=["new", "empty"])
def test_picker__before_there_is_an_image__knows_the_crops(form: forms.ModelForm[Photo]) -> None:
    assert picker_in(form["image"]) == {"crops": CROPS, "value": ""}


def test_picker__after_an_error__shows_what_is_saved(photo: Photo, upload: Upload) -> None:
    form = submitted(photo, upload("other.png", (90, 60)), image_1="rubbish")

    assert codes_of(form) == {"image": ["invalid_ppoi"]}
    shown = picker_in(form["image"])
    assert (shown["src"], shown["width"]) == (photo.rendition("wide").url, "400")
    assert shown["value"] == "0.2x0.8"  # the other was for a file that browsers forget


def test_picker__a_wrong_point__is_shown_again(photo: Photo) -> None:
    form = submitted(photo, image_1="0.3")

    assert codes_of(form) == {"image": ["invalid_ppoi"]}
    assert picker_in(form["image"])["value"] == "0.3"


def test_media__is_ours_alone() -> None:
    html = str(PhotoForm().media)

    assert '<script src="/static/gallery/focal-point.js" type="module"></script>' in html
    assert "gallery/focal-point.css" in html
    assert "versatileimagefield" not in html
    assert "style=" not in str(PhotoForm())


@pytest.mark.parametrize(
    "point", ["9x9", "0.5", "x", "-1x0", "nanxnan", "0.5x0.5x0.5", "1e999x0", "0.3x0.7" + "0" * 99]
)
def test_point__wrong__is_an_error_at_the_field(photo: Photo, point: str) -> None:
    form = submitted(photo, image_1=point)

    assert codes_of(form) == {"image": ["invalid_ppoi"]}


def test_file__missing_where_there_must_be_one__is_an_error() -> None:
    assert codes_of(submitted(image_1="0.5x0.5")) == {"image": ["required"]}


def test_file__empty__is_an_error(photo: Photo) -> None:
    form = submitted(photo, SimpleUploadedFile("empty.png", b""))

    assert codes_of(form) == {"image": ["empty"]}


def test_file__and_point__are_cleaned_to_a_pair(photo: Photo, upload: Upload) -> None:
    file = upload("other.png")

    both = submitted(photo, file, image_1=" .3x.7 ")
    assert both.is_valid()
    assert both.cleaned_data == {"image": (file, "0.3x0.7")}
    point = submitted(photo, image_1="0.30x0.70")
    assert point.is_valid()
    assert point.cleaned_data == {"image": (None, "0.3x0.7")}


def test_clearing__takes_the_point_along(photo: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Photo._meta.get_field("image"), "blank", True)
    form_class = modelform_factory(Photo, fields=["image"])
    assert 'name="image_0-clear"' in str(form_class(instance=photo)["image"])
    form = form_class({"image_0-clear": "on", "image_1": "0.3x0.7"}, instance=photo)

    assert form.is_valid()
    form.save()
    photo.refresh_from_db()
    assert (photo.original_key, photo.image_ppoi) == ("", (0.5, 0.5))


def test_clearing__and_a_file__contradict_each_other(
    photo: Photo, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Photo._meta.get_field("image"), "blank", True)
    form_class = modelform_factory(Photo, fields=["image"])
    files: MultiValueDict[str, Any] = MultiValueDict({"image_0": [upload()]})
    form = form_class({"image_0-clear": "on"}, files, instance=photo)

    assert codes_of(form) == {"image": ["contradiction"]}


@pytest.mark.parametrize(
    ("data", "is_changed"),
    [({"image_1": "0.2x0.8"}, False), ({"image_1": ".20x.80"}, False), ({"image_1": "0x0"}, True)],
    ids=["same", "same otherwise written", "moved"],
)
def test_has_changed__asks_for_the_point_and_not_the_storage(
    photo: Photo, data: dict[str, str], is_changed: bool
) -> None:
    with watched_storage() as calls:
        assert submitted(photo, **data).has_changed() is is_changed
    assert calls == []


def test_has_changed__empty_row_with_a_point__is_empty(upload: Upload) -> None:
    assert submitted(image_1="0.5x0.5").has_changed() is False
    assert submitted(None, upload()).has_changed() is True


class PointForm(forms.Form):
    point = FocalPointFormField(required=False)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("", ""), (" 0.3x0.70 ", "0.3x0.7"), ("0x1", "0.0x1.0"), (".5x.5", "0.5x0.5")],
)
def test_point_field__cleans_to_the_canonical_text(text: str, cleaned: str) -> None:
    form = PointForm({"point": text})

    assert form.is_valid()
    assert form.cleaned_data == {"point": cleaned}


@pytest.mark.parametrize("initial", [(0.3, 0.7), "0.3x0.7", FocalPoint(30, 70)])
def test_point_field__initial__is_shown_as_text_and_compared_as_a_point(initial: Any) -> None:
    form = PointForm({"point": ".3x.7"}, initial={"point": initial})

    assert not form.has_changed()
    assert picker_in(PointForm(initial={"point": initial})["point"])["value"] == "0.3x0.7"


def test_point_field__required__must_be_there() -> None:
    form = type("Form", (forms.Form,), {"point": FocalPointFormField()})({"point": ""})

    assert codes_of(form) == {"point": ["required"]}


def test_point_widget__picture__is_told_to_the_script() -> None:
    form = PointForm()
    widget = form.fields["point"].widget
    assert isinstance(widget, FocalPointWidget)
    widget.picture = PickerPicture(
        src="/media/a.jpg?a=1&b=2",
        width=4000,
        height=3000,
        crops=[PickerCrop('"><script>', 160, 90)],
        inherited=FocalPoint(0, 0),
        suggest_url="/suggest/",
    )

    assert picker_in(form["point"]) == {
        "src": "/media/a.jpg?a=1&b=2",
        "width": "4000",
        "height": "3000",
        "crops": [{"name": '"><script>', "width": 160, "height": 90}],
        "inherited": "0.0x0.0",
        "suggest-url": "/suggest/",
        "value": "",
    }
    assert "the image&#x27;s own" in str(form["point"]) or "the image's own" in str(form["point"])


def test_model_field__of_a_point__offers_the_picker() -> None:
    field = PolymorphicImageRelation._meta.get_field("ppoi").formfield()

    assert isinstance(field, FocalPointFormField)
    assert not field.required


def test_image_field__of_a_plain_form__needs_no_model(upload: Upload) -> None:
    form_class = type("Form", (forms.Form,), {"image": ImageFormField(required=False)})

    assert picker_in(form_class()["image"]) == {"crops": [], "value": ""}
    form = form_class({"image_1": "0.1x0.9"}, MultiValueDict({"image_0": [file := upload()]}))
    assert form.is_valid()
    assert form.cleaned_data == {"image": (file, "0.1x0.9")}
    assert form_class({}).is_valid()
