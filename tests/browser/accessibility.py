"""What keeps people out of a page, as axe-core finds it."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

GRAVE = {"serious", "critical"}
RUN = "axe.run(document, { resultTypes: ['violations'] }).then(JSON.stringify)"


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Return the serious and critical ones of the page as it is now: the rule, and each element."""
    session = page.context.new_cdp_session(page)
    # A world of its own: the page's policy is for the page, and axe tries out styles.
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame})["executionContextId"]
    session.send("Runtime.evaluate", {"expression": _axe(), "contextId": world})
    answer = session.send(
        "Runtime.evaluate",
        {"expression": RUN, "contextId": world, "awaitPromise": True, "returnByValue": True},
    )
    session.detach()
    result: dict[str, Any] = json.loads(answer["result"]["value"])
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in result["violations"]
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]
