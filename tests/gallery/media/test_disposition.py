"""`Content-Disposition`: whatever a file was called, browsers save it as the picture that it is."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

from accounts.models import User
from gallery.media.headers import disposition
from gallery.models import MediaFile
from gallery.validators import clean_file_name
from orgs.models import Organization
from tests.accounts.clients import client_of
from tests.conftest import Upload
from tests.gallery.api.direct import bytes_of, complete, sent
from tests.gallery.media.conftest import Stored
from tests.gallery.media.http import body_of

SHOWN = {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/avif": (".avif",),
}
SAVED = ("image/heic", "image/svg+xml", "text/html", "application/octet-stream", "")
TYPES = (*SHOWN, *SAVED)

NAMES = [
    *("photo.jpg", "photo.JPG", "photo.jpeg", "photo.png", "photo.webp", "photo.avif"),
    *("photo", "photo.", "photo..", "photo.jpg.", "photo.jpg ", ".jpg", ".htaccess", ".", "..", ""),
    *("shell.php", "shell.php.jpg", "page.html", "page.jpg.html", "page.html.jpg", "run.exe"),
    *("run.jpg.exe", "run.jpg.lnk", "drawing.svg", "x.shtml", "x.phtml", "web.config", "a.tar.gz"),
    *('a".jpg', '"', '""', 'a"; filename="evil.exe', 'a.jpg"; filename=evil.exe; x="', "'a'.jpg"),
    *("a\\.jpg", 'a\\".jpg', "a\\", "\\\\server\\share\\a.jpg", "C:\\Windows\\system.ini"),
    *("../../etc/passwd", "/etc/passwd", "a/b.jpg", "a/", "..\\..\\a.jpg", "~/.ssh/id_rsa"),
    *("a\r\nSet-Cookie: x=y.jpg", "a\n.jpg", "a.jpg\n", "a.jpg\r\n\r\n<script>", "\r", "a\tb.jpg"),
    *("a\0.jpg", "a.exe\0.jpg", "a\x1b[31m.jpg", "a\x7f.jpg", "a\x85b.jpg", "a\u2028b.jpg"),
    *("a;b.jpg", "a,b.jpg", "a=b.jpg", "a%00.jpg", "a%22.jpg", "100%.jpg", "%2e%2e%2fa.jpg"),
    *("utf-8''evil.exe", "=?utf-8?q?evil.exe?=", "a*.jpg", "a?.jpg", "a:b.jpg", "a|b.jpg"),
    *("photo.heic", "$(id).jpg", "a\u2024jpg"),
    *("<img src=x onerror=alert(1)>.jpg", "`id`.jpg", "CON", "aux.jpg", "a  b.jpg", " a.jpg"),
    *("Übersee.jpg", "東京.png", "Привет.webp", "🏖️.jpg", "e\u0301.jpg", "ﬀ.jpg", "a\uff0ejpg"),
    *("a\u202egpj.exe", "\u202egpj.exe", "\u2066a\u2069.jpg", "a\u200b.jpg", "\ufeffa.jpg"),
    *("a\ud800.jpg", "\udcff", "a\ue000.jpg", "İ.JPG", "a.jp\u0261", "a.JPEG\u0301", "a.\u017fvg"),
    *("a" * 300, "a" * 300 + ".jpg", "ü" * 300 + ".jpg", "." * 300, ".jpg" * 80, '"' * 300),
]

# RFC 6266 with the quoted strings of RFC 9110 and the characters of RFC 8187, and nothing else.
HEADER = re.compile(
    r"(?P<how>inline|attachment); "
    r"(?:filename=\"(?P<quoted>(?:[ !#-\[\]-~]|\\[ -~])+)\""
    r"|filename\*=utf-8''(?P<encoded>(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+))"
)


def file_called(name: str, content_type: str = "image/jpeg") -> MediaFile:
    """Return the row of a file that somebody uploaded under this name."""
    return MediaFile(key="a/b.jpg", file_name=clean_file_name(name), content_type=content_type)


def parsed(header: str) -> tuple[str, str]:
    """Read a header by the letter: whether it is shown, and what the file is called."""
    match = HEADER.fullmatch(header)
    assert match, header
    if match["quoted"] is not None:
        return match["how"], re.sub(r"\\(.)", r"\1", match["quoted"])
    return match["how"], unquote(match["encoded"], errors="strict")


def test_names__are_enough() -> None:
    assert len(set(NAMES)) == len(NAMES) > 60


@pytest.mark.parametrize("name", NAMES)
def test_disposition__is_one_line_of_ascii_with_one_name(name: str) -> None:
    for content_type in TYPES:
        header = disposition(file_called(name, content_type))
        assert header.isascii()
        assert header.isprintable()
        _, saved_as = parsed(header)
        assert saved_as
        assert not set(saved_as) & set("/\r\n\0\u202e\u2066\u200b")
        assert len(saved_as) <= 255 + len(".jpeg")


@pytest.mark.parametrize("name", NAMES)
def test_disposition__of_what_browsers_show__has_the_ending_of_what_it_is(name: str) -> None:
    cleaned = clean_file_name(name)
    for content_type, endings in SHOWN.items():
        how, saved_as = parsed(disposition(file_called(name, content_type)))

        assert how == "inline"
        assert saved_as.lower().endswith(endings)
        assert saved_as in {cleaned, cleaned + endings[0]}


@pytest.mark.parametrize("name", NAMES)
def test_disposition__of_everything_else__is_for_saving(name: str) -> None:
    for content_type in SAVED:
        how, _ = parsed(disposition(file_called(name, content_type)))
        assert how == "attachment"


@pytest.mark.parametrize(
    ("content_type", "name"),
    [(kind, f"photo{ending.upper()}") for kind, endings in SHOWN.items() for ending in endings],
)
def test_disposition__with_any_ending_that_means_it__is_as_it_was(
    content_type: str, name: str
) -> None:
    assert disposition(file_called(name, content_type)) == f'inline; filename="{name}"'


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("images/2026/a_thumb.webp", "a_thumb.webp"),
        ("a.webp", "a.webp"),
        ('photos/a".webp', 'a".webp'),
        ("photos/a\nb.webp", "a\nb.webp"),
        ("photos/ü.webp", "ü.webp"),
        ("photos/page.html", "page.html.webp"),
    ],
)
def test_disposition__of_what_nobody_named__is_the_last_of_its_key(key: str, name: str) -> None:
    header = disposition(MediaFile(key=key, content_type="image/webp"))

    assert header.isprintable()
    assert parsed(header) == ("inline", name)


@pytest.mark.django_db
def test_media__sends_that_header_once_whatever_the_name(visitor: Client, original: Stored) -> None:
    for name in NAMES:
        file = file_called(name)
        MediaFile.objects.filter(pk=original.file.pk).update(file_name=file.file_name)
        for headers, status in (({}, 200), ({"range": "bytes=0-3"}, 206)):
            answer = visitor.get(original.url, headers=headers)

            assert answer.status_code == status
            assert answer["Content-Disposition"] == disposition(file)
            lines = answer.serialize_headers().split(b"\r\n")
            assert sum(line.lower().startswith(b"content-disposition:") for line in lines) == 1
            assert body_of(answer)
        head = visitor.head(original.url)
        assert head["Content-Disposition"] == disposition(file)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\a.jpg", "a.jpg"),
        ('a"; filename="b.exe', 'a"; filename="b.exe'),
        ("a\r\nX-Evil: 1.jpg", "aX-Evil: 1.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("<script>.jpg", "<script>.jpg"),
        ("/", "unnamed"),
        ("ü" * 254, "ü" * 254),
    ],
)
def test_direct_uploads__which_take_any_text__keep_words_as_words(
    visitor: Client, member: User, organization: Organization, upload: Upload, name: str, kept: str
) -> None:
    client, data = client_of(member), bytes_of(upload)
    words = "<script>alert(1)</script>\u202e{{ 7*7 }} %s {0} \r\n' OR 1=1 --🏖"
    said = {"title": words, "alt_text": words, "description": words}
    answer = complete(client, sent(client, data, file_name=name, **said))
    image = answer.json()

    assert answer.status_code == 201
    assert {field: image[field] for field in said} == said
    assert image["file_name"] == kept
    assert re.fullmatch(r"images/\d{4}/\d\d/\d\d/[0-9a-f-]{36}\.jpg", image["object_key"])
    shown: Any = visitor.get(image["url"])
    assert parsed(shown["Content-Disposition"]) == (
        "inline",
        kept if kept.endswith(".jpg") else f"{kept}.jpg",
    )
