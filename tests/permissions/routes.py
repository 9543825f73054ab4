"""Every route and method below `/api/v1/`, as Django's own resolver has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver

PREFIX = "api/v1/"
NOT_WALKED = {"HEAD", "OPTIONS"}
"""Methods that every view answers by itself: HEAD as GET, OPTIONS about the others."""


@dataclass(frozen=True, slots=True)
class Route:
    """One pattern of the resolver."""

    name: str
    path: str
    methods: frozenset[str]

    @property
    def parameters(self) -> list[str]:
        """Return the names of what its path leaves open."""
        return re.findall(r"<(?:\w+:)?(\w+)>", self.path)

    @property
    def is_of_an_organization(self) -> bool:
        """Tell whether everything here belongs to the organisation in the path."""
        return "orgs/<" in self.path

    @property
    def is_public(self) -> bool:
        """Tell whether anybody may know what is here."""
        return self.path.startswith(f"{PREFIX}products/")


@cache
def routes() -> tuple[Route, ...]:
    """Return them all, in the order in which they are tried."""
    found = _walk(get_resolver().url_patterns)
    return tuple(_route(path, each) for path, each in found if path.startswith(PREFIX))


def route_named(name: str) -> Route:
    """Return the route that a row is about; one that leads nowhere if the resolver has none."""
    nowhere = Route(name, "", frozenset())
    return next((route for route in routes() if route.name == name), nowhere)


def _walk(
    patterns: Iterable[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        path = prefix + str(each.pattern).removeprefix("^")
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, path)
        else:
            yield path, each


def _route(path: str, pattern: URLPattern) -> Route:
    callback = pattern.callback
    view_class = getattr(callback, "cls", None)
    # Or nobody could tell its methods, and its errors would not be problems.
    assert view_class is not None, f"{path} is no view of REST framework"
    assert pattern.name, f"{path} has no name"
    actions = getattr(callback, "actions", None)  # of a viewset, by method
    view = view_class(**getattr(callback, "initkwargs", {}))
    methods = {method.upper() for method in actions or view.allowed_methods}
    return Route(pattern.name, path, frozenset(methods - NOT_WALKED))
