"""Read the admin's pages as a browser would."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class Page(HTMLParser):
    """The elements of a page with their attributes, and all of its text."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        assert response.status_code == 200, response
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element of this kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def pictures(self) -> list[str]:
        """Return the URL of every picture, also of those that a picker will show."""
        shown = [each.get("src") for each in self.all("img")]
        picked = [each.get("data-src") for each in self.all("focal-point-picker")]
        return [url for url in (*shown, *picked) if url]

    def assert_safe(self) -> None:
        """Show that nothing on the page runs or styles inline, which our CSP would forbid."""
        for tag, attributes in self.elements:
            assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
            assert "style" not in attributes, (tag, attributes)
            assert tag != "style"
            if tag == "script" and attributes.get("type") != "application/json":
                assert attributes.get("src"), attributes
