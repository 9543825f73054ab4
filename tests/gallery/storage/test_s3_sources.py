"""Files that somebody else keeps on S3: listed, adopted and left alone, as on a disk."""

from __future__ import annotations

from typing import Any

import pytest

import gallery
from gallery.renditions import key_source
from gallery.storage import S3Storage
from tests.conftest import Upload
from tests.gallery.heart import keys
from tests.gallery.renditions.adoption import errors_of, make_all
from tests.gallery.storage.test_s3 import bucket, endpoint, options, s3  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db(transaction=True)


def test_prefix__on_s3__is_listed_with_what_lies_below_and_adopted(
    s3: S3Storage,  # noqa: F811  (the fixture)
    bucket: Any,  # noqa: F811  (the fixture)
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_source, "_key_sources", {})
    names = ["banners/b.jpg", "banners/2026/a.png", "other/c.jpg"]
    for name in names:
        bucket.put_object(Key=name, Body=upload(name.rsplit("/", maxsplit=1)[-1]).read())
    bucket.put_object(Key="banners/", Body=b"")  # how consoles show an empty folder
    bucket.put_object(Key="banners/notes.txt", Body=b"no picture")
    gallery.register_source("banners", keys="banners/", rendition_set="photos")
    gallery.register_source("gone", keys=["other/gone.jpg"])
    gallery.register_source("empty", keys="empty/")

    outcomes = make_all("banners")

    assert [each.shortage.key for each in outcomes] == [names[1], names[0], "banners/notes.txt"]
    assert errors_of(outcomes) == {"banners/notes.txt": "unsupported_format"}
    assert keys(original=None, state="live") == set(names[:2])
    assert keys(state="live") < {each.key for each in bucket.objects.all()}
    assert [each.error for each in make_all("banners")] == ["unsupported_format"]
    assert errors_of(make_all("gone")) == {"other/gone.jpg": "original_gone"}
    assert make_all("empty") == []
