"""The same page with a bucket behind it: a form, parts, and going on after a reload."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from csp.constants import SELF
from playwright.sync_api import Page, Request, Route

from accounts.models import User
from gallery.models import DirectUpload, Image
from orgs.models import Organization
from tests.browser.conftest import REPORTS, Faults, LogIn, PictureFile
from tests.browser.upload_page import (
    PATH,
    WATCH,
    choose,
    expect_state,
    expect_summary,
    values_seen,
)
from tests.storages.backends import S3, moto, new_bucket
from tests.storages.conftest import configure

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PART = 5 * 1024 * 1024  # S3 takes no smaller ones
THREE_PARTS = (2000, 1900)  # pixels of noise, 11.4 MB


@pytest.fixture
def bucket(settings: Any) -> Iterator[S3]:
    """Make `media_storage()` an empty bucket on moto, which pages may send files to."""
    with moto() as server, new_bucket(server) as bucket:
        configure(bucket, settings)
        directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        allowed = {"connect-src": [SELF, server.endpoint]}
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**directives, **allowed}}
        settings.GALLERY = {**settings.GALLERY, "DIRECT_UPLOAD_PART_BYTES": PART}
        yield bucket


@pytest.fixture
def sent(page: Page, bucket: S3) -> list[Request]:
    """Return the list that every request of the page to the bucket is added to."""
    sent: list[Request] = []

    def note(request: Request) -> None:
        if request.url.startswith(bucket.server.endpoint):
            sent.append(request)

    page.on("request", note)
    return sent


@pytest.fixture
def upload_page(
    page: Page, log_in: LogIn, superuser: User, organization: Organization, bucket: S3
) -> Page:
    """Return the page, open, as the superuser sees it."""
    log_in(superuser)
    page.add_init_script(WATCH)
    page.goto(PATH)
    return page


def parts_of(requests: list[Request]) -> Counter[str]:
    """Return how often each part was sent, by its number."""
    queries = [parse_qs(urlsplit(each.url).query) for each in requests if each.method == "PUT"]
    return Counter(query["partNumber"][0] for query in queries)


def once(page: Page, pattern: str, answer: Callable[[Route], object]) -> None:
    """Answer the first request whose URL has this; the others go through.

    Not by `times=1`: a page that stops intercepting may forget to tell of the next request.
    """
    answered: list[Request] = []

    def handle(route: Route) -> None:
        if answered:
            route.continue_()
        else:
            answered.append(route.request)
            answer(route)

    page.route(re.compile(pattern), handle)


def wait_for_parts(page: Page, bucket: S3, count: int) -> None:
    """Wait until so many parts of the only upload are in the bucket."""
    for _ in range(200):
        upload = DirectUpload.objects.first()
        if upload is not None:
            which = {"Bucket": bucket.bucket, "Key": upload.key, "UploadId": upload.parts_name}
            if len(bucket.client.list_parts(**which).get("Parts", ())) == count:
                return
        page.wait_for_timeout(100)
    pytest.fail(f"There are not {count} parts.")


def test_form__reaches_the_bucket_without_anybodys_credentials(
    upload_page: Page, bucket: S3, sent: list[Request], picture_file: PictureFile
) -> None:
    choose(upload_page, picture_file("harbour.jpg"))

    expect_summary(upload_page, "1 of 1 in the library.")
    image = Image.objects.get()
    assert {image.original_key} <= bucket.keys()
    (request,) = sent
    assert (request.method, urlsplit(request.url).path.strip("/")) == ("POST", bucket.bucket)
    assert not {"cookie", "authorization", "x-csrftoken"} & set(request.all_headers())


def test_parts__go_on_after_a_reload(
    upload_page: Page, faults: Faults, bucket: S3, sent: list[Request], noise_file: PictureFile
) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED")
    big = noise_file("big.png", THREE_PARTS)
    third = re.compile("partNumber=3")
    upload_page.route(third, lambda route: route.abort("internetdisconnected"))
    choose(upload_page, big)
    wait_for_parts(upload_page, bucket, 2)
    upload_page.reload()
    upload_page.unroute(third)
    sent.clear()
    choose(upload_page, big)

    expect_summary(upload_page, "1 of 1 in the library.")
    assert parts_of(sent) == {"3": 1}
    values = [value for words, value in values_seen(upload_page, "big.png") if "Sending" in words]
    assert min(values) >= 2 * PART / big.stat().st_size
    assert DirectUpload.objects.count() == 1
    assert (Image.objects.get().width, Image.objects.get().height) == THREE_PARTS
    assert bucket.unfinished() == []


def test_part_that_breaks_off__is_sent_again_and_no_other(
    upload_page: Page, faults: Faults, bucket: S3, sent: list[Request], noise_file: PictureFile
) -> None:
    faults.expect("ERR_CONNECTION_RESET")
    once(upload_page, "partNumber=2", lambda route: route.abort("connectionreset"))
    choose(upload_page, noise_file("big.png", THREE_PARTS))

    expect_summary(upload_page, "1 of 1 in the library.")
    assert parts_of(sent) == {"1": 1, "2": 2, "3": 1}


def test_url_that_ran_out__is_asked_for_again(
    upload_page: Page, faults: Faults, bucket: S3, sent: list[Request], noise_file: PictureFile
) -> None:
    faults.expect("status of 403")
    refusal = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
    headers = {"Access-Control-Allow-Origin": "*"}

    def refuse(route: Route) -> None:
        route.fulfill(status=403, body=refusal, headers=headers, content_type="application/xml")

    once(upload_page, "partNumber=1", refuse)
    choose(upload_page, noise_file("big.png", THREE_PARTS))

    expect_summary(upload_page, "1 of 1 in the library.")
    assert parts_of(sent) == {"1": 2, "2": 1, "3": 1}
    assert DirectUpload.objects.count() == 1


def test_bucket_that_the_policy_does_not_name__is_an_error_of_the_file(
    upload_page: Page, faults: Faults, settings: Any, picture_file: PictureFile
) -> None:
    for expected in ("Content Security Policy", "connect-src", REPORTS):
        faults.expect(expected)
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**directives, "connect-src": [SELF]}}
    upload_page.reload()
    choose(upload_page, picture_file("harbour.jpg"))

    expect_state(upload_page, "harbour.jpg", "connection failed")
    assert [fault for fault in faults.found if "connect-src" in fault]
