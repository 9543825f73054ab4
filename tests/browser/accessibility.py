"""What keeps people out of a page, as axe-core finds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

GRAVE = {"serious", "critical"}


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@contextmanager
def examined(page: Page) -> Iterator[None]:
    """Have the page loaded again without its policy, which is for the page: axe tries out styles.

    What it violates, other tests of the same page see.
    """
    session = page.context.new_cdp_session(page)
    session.send("Page.setBypassCSP", {"enabled": True})
    page.reload()
    yield
    session.detach()


def violations(page: Page) -> list[str]:
    """Return the serious and critical ones of the page as it is now: the rule, and each element."""
    page.evaluate(f"() => {{ if (!window.axe) {{ {_axe()} }} }}")
    result: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in result["violations"]
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]
