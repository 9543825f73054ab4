"""Two ways through any list: `?limit=&offset=` with a count, and `?cursor=` of constant cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db import models
from django.db.models import Q, QuerySet
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.pagination import BasePagination, LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_NUMBER = 10**18
_SALT = "gallery.api.pagination.cursor"


class OffsetPagination(LimitOffsetPagination):
    """DRF's limit and offset, bounded, and without its silence about what is no number."""

    default_limit = DEFAULT_LIMIT
    max_limit = MAX_LIMIT

    def get_limit(self, request: Request) -> int:
        """Return how many rows a page has.

        Raises:
            ValidationError: no whole number of at least 1.
        """
        return min(_number(request, "limit", least=1, default=DEFAULT_LIMIT), MAX_LIMIT)

    def get_offset(self, request: Request) -> int:
        """Return how many rows to skip.

        Raises:
            ValidationError: no whole number of at least 0.
        """
        return _number(request, "offset", least=0, default=0)


def _number(request: Request, name: str, *, least: int, default: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    # isdecimal() alone would take the digits of every script.
    if not (text.isascii() and text.isdecimal()):
        raise _no_number(name, least)
    # What is longer is more than any table has, and more than Python likes to read.
    number = int(text) if len(text) < 19 else MAX_NUMBER
    if number < least:
        raise _no_number(name, least)
    return number


def _no_number(name: str, least: int) -> ValidationError:
    problem = ErrorDetail(f"Send a whole number of at least {least}.", code="invalid")
    return ValidationError({name: [problem]})


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows: the values of the ordering there, and which way to read on.

    Without values it is the place before all rows or, backwards, the one after them.
    """

    ordering: tuple[str, ...]
    values: tuple[Any, ...] = ()
    is_backwards: bool = False

    @classmethod
    def at(cls, row: models.Model, ordering: tuple[str, ...], *, is_backwards: bool) -> Cursor:
        """Return the place just past `row`, read this way."""
        values = tuple(getattr(row, name.lstrip("-")) for name in ordering)
        return cls(ordering, values, is_backwards)

    def encode(self) -> str:
        """Return the cursor for a URL, signed: what comes back is then what we wrote."""
        values = [value if isinstance(value, int | str) else str(value) for value in self.values]
        return signing.dumps([self.ordering, values, self.is_backwards], salt=_SALT)

    @classmethod
    def decode(cls, text: str, *, ordering: tuple[str, ...]) -> Cursor:
        """Read a cursor of a list in this `ordering`; the empty text is the start.

        Raises:
            NotFound: not one that we wrote for this ordering.
        """
        if not text:
            return cls(ordering)
        try:
            written_for, values, is_backwards = signing.loads(text, salt=_SALT)
        except (signing.BadSignature, ValueError) as error:
            raise NotFound("This cursor is not valid.", code="invalid_cursor") from error
        if tuple(written_for) != ordering:
            raise NotFound("This cursor is of another ordering.", code="invalid_cursor")
        return cls(ordering, tuple(values), is_backwards)

    def beyond(self) -> Q:
        """Return the condition for the rows after this place, in the direction it reads."""
        condition, same_so_far, bound = Q(), Q(), Q()
        # Without values (a place outside all rows) there is no condition.
        for name, value in zip(self.ordering, self.values, strict=False):
            field = name.lstrip("-")
            is_descending = name.startswith("-") is not self.is_backwards
            lookup = "lt" if is_descending else "gt"
            # Says nothing new and lets the database start at the place instead of walking there.
            bound = bound or Q(**{f"{field}__{lookup}e": value})
            condition |= same_so_far & Q(**{f"{field}__{lookup}": value})
            same_so_far &= Q(**{field: value})
        return bound & condition


class KeysetPagination(BasePagination):
    """Read on from the last row seen: the same cost on page 1 and page 10,000.

    DRF's own cursor counts rows of equal value with an offset and gives up after a thousand of
    them, which a library of untitled images has. Here the primary key decides between equals.
    """

    before: Cursor | None = None
    after: Cursor | None = None

    def paginate_queryset(
        self,
        queryset: QuerySet[Any] | Sequence[Any],
        request: Request,
        view: APIView | None = None,
    ) -> list[Any]:
        """Return one page; one more row than asked for tells whether there is another."""
        if not isinstance(queryset, QuerySet):
            raise TypeError("Only a queryset has an ordering to read on in.")
        self.url = request.build_absolute_uri()
        limit = OffsetPagination().get_limit(request)
        ordering = _total_ordering(queryset)
        cursor = Cursor.decode(request.query_params.get("cursor", ""), ordering=ordering)
        rows = queryset.order_by(*(_reversed(ordering) if cursor.is_backwards else ordering))
        page = list(rows.filter(cursor.beyond())[: limit + 1])
        has_more, page = len(page) > limit, page[:limit]
        if cursor.is_backwards:
            page.reverse()
        self._remember_neighbours(page, cursor, has_more=has_more)
        return page

    def _remember_neighbours(
        self, page: Sequence[models.Model], cursor: Cursor, *, has_more: bool
    ) -> None:
        came_from_somewhere = bool(cursor.values)
        has_next = came_from_somewhere if cursor.is_backwards else has_more
        has_previous = has_more if cursor.is_backwards else came_from_somewhere
        # A page whose rows were deleted meanwhile leads back to the end it lies at.
        first, last = (page[0], page[-1]) if page else (None, None)
        if has_next:
            self.after = self._neighbour(last, cursor.ordering, is_backwards=False)
        if has_previous:
            self.before = self._neighbour(first, cursor.ordering, is_backwards=True)

    @staticmethod
    def _neighbour(
        row: models.Model | None, ordering: tuple[str, ...], *, is_backwards: bool
    ) -> Cursor:
        if row is None:
            return Cursor(ordering, is_backwards=is_backwards)
        return Cursor.at(row, ordering, is_backwards=is_backwards)

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page with links to its neighbours; counting would cost the whole list."""
        return Response(
            {"next": self._link(self.after), "previous": self._link(self.before), "results": data}
        )

    def _link(self, cursor: Cursor | None) -> str | None:
        return replace_query_param(self.url, "cursor", cursor.encode()) if cursor else None


def _total_ordering(queryset: QuerySet[Any]) -> tuple[str, ...]:
    """Return the queryset's ordering with the primary key last, in the direction of the first."""
    chosen = [str(name) for name in queryset.query.order_by or queryset.model._meta.ordering or ()]
    names = [name for name in chosen if name.lstrip("-") not in {"pk", "id"}]
    first = (names or chosen or [""])[0]
    sign = "-" if first.startswith("-") else ""
    return (*names, f"{sign}pk")


def _reversed(ordering: Sequence[str]) -> list[str]:
    return [name[1:] if name.startswith("-") else f"-{name}" for name in ordering]


class OffsetOrCursorPagination(BasePagination):
    """Choose by whether the client sends `cursor`, empty to start."""

    chosen: OffsetPagination | KeysetPagination

    def paginate_queryset(
        self,
        queryset: QuerySet[Any] | Sequence[Any],
        request: Request,
        view: APIView | None = None,
    ) -> list[Any] | None:
        """Return one page."""
        has_cursor = "cursor" in request.query_params
        OffsetPagination().get_offset(request)  # one that cannot be is refused, replaced or not
        self.chosen = KeysetPagination() if has_cursor else OffsetPagination()
        return self.chosen.paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page as the chosen way shows it."""
        return self.chosen.get_paginated_response(data)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe both shapes: `count` is there with limit and offset only."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "count": {
                    "type": "integer",
                    "description": "Of all rows; not there with `cursor`.",
                    "example": 123,
                },
                "next": {**link, "description": "The page after this one."},
                "previous": {**link, "description": "The page before this one."},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Describe the parameters of both ways."""
        return [
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "description": f"Rows per page; more than {MAX_LIMIT} are {MAX_LIMIT}.",
                "schema": {"type": "integer", "default": DEFAULT_LIMIT, "minimum": 1},
            },
            {
                "name": "offset",
                "in": "query",
                "required": False,
                "description": "Rows to skip.",
                "schema": {"type": "integer", "default": 0, "minimum": 0},
            },
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "Read on from here; empty to start. Replaces `offset`.",
                "schema": {"type": "string"},
            },
        ]
