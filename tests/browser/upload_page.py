"""The admin's page for several images, as its tests use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

PATH = "/admin/gallery/image/upload/"
PROGRESS = "() => window.seen"
# Run before the page's own scripts: takes down every text and value that a line ever shows.
WATCH = """
window.seen = [];
addEventListener("DOMContentLoaded", () => {
  const rows = document.getElementById("upload-rows");
  if (!rows) return;
  const note = () => {
    for (const line of rows.children) {
      const name = line.querySelector(".upload-name").textContent;
      const bar = line.querySelector("progress").value;
      window.seen.push([name, line.querySelector(".upload-state").textContent, bar]);
    }
  };
  const options = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(note).observe(rows, options);
});
"""


def choose(page: Page, *files: Path) -> None:
    """Pick files as a person does in the browser's own window."""
    page.get_by_label("Choose images").set_input_files(list(files))


def line(page: Page, name: str) -> Locator:
    """Return the line of a file."""
    return page.get_by_role("listitem").filter(has_text=name)


def expect_state(page: Page, name: str, text: str) -> None:
    """Wait until the line of a file says this."""
    expect(line(page, name).locator(".upload-state")).to_have_text(re.compile(text))


def expect_summary(page: Page, text: str) -> None:
    """Wait until screen readers are told this."""
    expect(page.get_by_role("status")).to_have_text(text)


def values_seen(page: Page, name: str) -> list[tuple[str, float]]:
    """Return what the line of a file showed from the beginning: its words and its bar."""
    seen: list[tuple[str, str, float]] = page.evaluate(PROGRESS)
    return [(words, value) for named, words, value in seen if named == name]


@contextmanager
def throttled(page: Page, bytes_per_second: int) -> Iterator[None]:
    """Let the page send no faster."""
    session = page.context.new_cdp_session(page)
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1}
    session.send(
        "Network.emulateNetworkConditions", {**conditions, "uploadThroughput": bytes_per_second}
    )
    yield
    session.detach()
