"""The JavaScript client in a page of the site, with its session."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from accounts.models import User
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, PolymorphicImageRelation
from orgs.models import Organization
from tests.browser.conftest import Faults, LogIn, PictureFile
from tests.browser.upload_page import throttled

pytestmark = [pytest.mark.examples, pytest.mark.django_db(transaction=True)]

UPLOADS = "**/api/v1/images/orgs/acme/images/"
PRELUDE = """async (id) => {
  const { GalleryClient } = await import("/examples/javascript/gallery-client.js");
  const { csrfFromCookie } = await import("/examples/javascript/gallery-login.js");
  const client = new GalleryClient({
    organization: "acme", csrfToken: csrfFromCookie, retry: { pause: 50 },
  });
  const gallery = client.gallery("orgs", "organization", id);
  const files = [...document.querySelector("input").files];
"""


@pytest.fixture(autouse=True)
def _at_the_page(page: Page, log_in: LogIn, member: User) -> None:
    log_in(member)
    page.goto("/page/")


def run(page: Page, organization: Organization, script: str) -> Any:
    """Run a script that has `client`, `gallery` and the chosen `files`."""
    return page.evaluate(f"{PRELUDE}{script}}}", organization.pk)


def file_names() -> list[str]:
    return list(Image.objects.order_by("pk").values_list("file_name", flat=True))


def test_upload__tells_how_far_it_is(
    page: Page, organization: Organization, noise_file: PictureFile
) -> None:
    page.locator("input").set_input_files(noise_file())
    with throttled(page, 3_000_000):
        image, seen = run(
            page,
            organization,
            """
            const seen = [];
            const image = await client.upload(files[0], {
              fields: { title: "Noise", focal_point: { x: 0.3, y: 0.7 } },
              onProgress: (progress) => seen.push(progress),
            });
            return [image, seen];
            """,
        )
    size = Image.objects.get(pk=image["id"]).file_size
    sent = [each["sent"] for each in seen]
    assert (image["title"], image["focal_point"]) == ("Noise", {"x": 0.3, "y": 0.7})
    assert sent == sorted(sent)
    assert len(set(sent)) > 3
    assert {each["total"] for each in seen} == {size}
    assert seen[-1] == {"sent": size, "total": size, "phase": "done"}


def test_gallery__many_files_an_order_a_cover_and_focal_points(
    page: Page, organization: Organization, picture_file: PictureFile
) -> None:
    pictures = [picture_file(f"{name}.jpg") for name in "abc"]
    page.locator("input").set_input_files(pictures)
    names = run(
        page,
        organization,
        """
        const outcomes = await gallery.uploadMany(files, { concurrency: 2 });
        const [a, b, c] = outcomes.map(({ image }) => image.id);
        const bulk = await gallery.bulkUpload([files[0], new File(["text"], "d.txt")]);
        await gallery.reorder([c, a, b, bulk.images[0].id]);
        await gallery.setCover(b);
        await gallery.detach([bulk.images[0].id]);
        await gallery.update(a, { focal_point: { x: 0.1, y: 0.2 }, custom_alt_text: "Waves" });
        await client.image(b).update({ focal_point: { x: 0.8, y: 0.9 } });
        await gallery.uploadAndAttach(files[0], { fields: { custom_title: "Again", order: 0 } });
        return bulk.errors.map(({ file, code }) => [file, code]);
        """,
    )
    assert names == [["d.txt", "unsupported_format"]]
    relations = PolymorphicImageRelation.objects.order_by("order").select_related("image")
    shown = [(each.custom_title or each.image.file_name, each.is_cover) for each in relations]
    assert shown == [("Again", False), ("c.jpg", False), ("a.jpg", False), ("b.jpg", True)]
    assert relations[2].focal_point == FocalPoint(10, 20)
    assert relations[2].custom_alt_text == "Waves"
    assert relations[3].image.focal_point == FocalPoint(80, 90)


def test_gallery__without_a_cover(
    page: Page, organization: Organization, picture_file: PictureFile
) -> None:
    page.locator("input").set_input_files(picture_file())
    covers = run(
        page,
        organization,
        """
        const { image } = await gallery.uploadAndAttach(files[0]);
        const [before] = await gallery.list();
        await gallery.unsetCover();
        const [after] = await gallery.attach([image.id]);
        return [before.is_cover, after.is_cover];
        """,
    )
    assert covers == [True, False]


def test_bulk_upload__where_none_is_an_image(
    page: Page, organization: Organization, faults: Faults
) -> None:
    faults.expect("400")
    result = run(page, organization, "return client.bulkUpload([new File(['text'], 'a.txt')]);")
    assert (result["uploaded"], result["images"]) == (0, [])
    assert [each["file"] for each in result["errors"]] == ["a.txt"]


def test_upload__whose_answer_is_lost_is_one_image(
    page: Page, organization: Organization, picture_file: PictureFile, faults: Faults
) -> None:
    faults.expect("ERR_CONNECTION_RESET")
    page.locator("input").set_input_files(picture_file())
    keys: list[str] = []
    # At the answer: Playwright's routes know no request with a file in it.
    session = page.context.new_cdp_session(page)
    pattern = {"urlPattern": "*/images/orgs/acme/images/", "requestStage": "Response"}
    session.send("Fetch.enable", {"patterns": [pattern]})

    def lose_the_first(paused: dict[str, Any]) -> None:
        assert paused["responseStatusCode"] == 201
        keys.append(paused["request"]["headers"]["Idempotency-Key"])
        name = {"requestId": paused["requestId"]}
        if len(keys) == 1:
            session.send("Fetch.failRequest", {**name, "errorReason": "ConnectionReset"})
        else:
            session.send("Fetch.continueRequest", name)

    session.on("Fetch.requestPaused", lose_the_first)
    image = run(page, organization, "return client.upload(files[0]);")

    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert [each.pk for each in Image.objects.all()] == [image["id"]]


def test_upload__waits_as_long_as_the_server_asks(
    page: Page, organization: Organization, picture_file: PictureFile, faults: Faults
) -> None:
    faults.expect("503")
    page.locator("input").set_input_files(picture_file())
    headers = {"Retry-After": "1"}
    page.route(UPLOADS, lambda route: route.fulfill(status=503, headers=headers), times=1)
    seconds, phases = run(
        page,
        organization,
        """
        const begun = performance.now();
        const phases = [];
        await client.upload(files[0], { onProgress: ({ phase }) => phases.push(phase) });
        return [(performance.now() - begun) / 1000, [...new Set(phases)]];
        """,
    )
    assert seconds >= 1
    assert phases == ["sending", "waiting", "done"]
    assert file_names() == ["picture.jpg"]


def test_upload__is_refused_once(
    page: Page, organization: Organization, picture_file: PictureFile, faults: Faults
) -> None:
    faults.expect("400")
    page.locator("input").set_input_files(picture_file())
    methods: list[str] = []
    page.on("request", lambda request: methods.append(request.method))
    script = """
        const refused = client.upload(files[0], { fields: { title: "x".repeat(300) } });
        return refused.catch(({ status, code, errors }) => [status, code, errors[0].field]);
        """
    assert run(page, organization, script) == [400, "invalid_input", "title"]
    assert methods.count("POST") == 1
    assert not Image.objects.exists()


def test_upload__that_can_be_resumed_is_the_sites_own_module(
    page: Page, organization: Organization, picture_file: PictureFile
) -> None:
    page.locator("input").set_input_files(picture_file())
    image = run(
        page,
        organization,
        """
        const { uploadImage } = await import("/static/gallery/direct-upload.js");
        const { endpoint } = client;
        const image = await uploadImage(files[0], { endpoint, headers: () => client.headers() });
        await gallery.attach([image.id]);
        return image;
        """,
    )
    assert PolymorphicImageRelation.objects.get().image_id == image["id"]
