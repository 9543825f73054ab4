"""Two ways through any list: `?limit=&offset=` with a count, and `?cursor=` of constant cost."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import BasePagination, LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
# Databases take offsets of 64 bits; nobody has that many rows.
MAX_OFFSET = 2**31

ModelType = TypeVar("ModelType", bound=models.Model)


class OffsetPagination(LimitOffsetPagination):
    """DRF's limit and offset, bounded."""

    default_limit = DEFAULT_LIMIT
    max_limit = MAX_LIMIT

    def get_offset(self, request: Request) -> int:
        """Return the offset, at most what a database can count to."""
        return min(super().get_offset(request), MAX_OFFSET)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows: the values of the ordering there, and which way to read on."""

    values: tuple[Any, ...]
    backwards: bool = False

    def encode(self) -> str:
        """Return the cursor for a URL."""
        data = json.dumps([self.backwards, *self.values], default=str, separators=(",", ":"))
        return urlsafe_b64encode(data.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Cursor:
        """Read a cursor.

        Raises:
            NotFound: not one that we wrote.
        """
        try:
            padded = text + "=" * (-len(text) % 4)
            backwards, *values = json.loads(urlsafe_b64decode(padded.encode()))
        except ValueError as error:  # includes errors of base64, of Unicode and of JSON
            raise NotFound("This cursor is not valid.", code="invalid_cursor") from error
        except TypeError as error:
            raise NotFound("This cursor is not valid.", code="invalid_cursor") from error
        return cls(tuple(values), bool(backwards))


class KeysetPagination(BasePagination):
    """Read on from the last row seen: the same cost on page 1 and page 10,000.

    DRF's own cursor counts rows of equal value with an offset and gives up after a thousand of
    them, which a library of untitled images has. Here the primary key decides between equals.
    """

    limit: int
    before: Cursor | None
    after: Cursor | None

    def paginate_queryset(
        self, queryset: QuerySet[ModelType], request: Request, view: APIView | None = None
    ) -> list[ModelType]:
        """Return one page; one more row than asked for tells whether there is another."""
        self.url = request.build_absolute_uri()
        offset_rules = OffsetPagination()
        self.limit = offset_rules.get_limit(request) or DEFAULT_LIMIT
        text = request.query_params.get("cursor", "")
        cursor = Cursor.decode(text) if text else None
        ordering = _total_ordering(queryset)
        is_backwards = cursor is not None and cursor.backwards
        rows = queryset.order_by(*(_reversed(ordering) if is_backwards else ordering))
        if cursor is not None:
            rows = rows.filter(_beyond(queryset.model, ordering, cursor))
        page = list(rows[: self.limit + 1])
        has_more, page = len(page) > self.limit, page[: self.limit]
        if is_backwards:
            page.reverse()
        self._remember_neighbours(page, ordering, has_more=has_more, cursor=cursor)
        return page

    def _remember_neighbours(
        self,
        page: Sequence[models.Model],
        ordering: Sequence[str],
        *,
        has_more: bool,
        cursor: Cursor | None,
    ) -> None:
        is_backwards = cursor is not None and cursor.backwards
        has_next = has_more or is_backwards
        has_previous = has_more if is_backwards else cursor is not None
        names = [name.lstrip("-") for name in ordering]
        self.after = self.before = None
        if page and has_next:
            self.after = Cursor(tuple(getattr(page[-1], name) for name in names))
        if page and has_previous:
            self.before = Cursor(tuple(getattr(page[0], name) for name in names), backwards=True)

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page with links to its neighbours; counting would cost the whole list."""
        return Response(
            {"next": self._link(self.after), "previous": self._link(self.before), "results": data}
        )

    def _link(self, cursor: Cursor | None) -> str | None:
        return replace_query_param(self.url, "cursor", cursor.encode()) if cursor else None


def _total_ordering(queryset: QuerySet[Any]) -> list[str]:
    """Return the queryset's ordering with the primary key last, in the direction of the first."""
    chosen = [str(name) for name in queryset.query.order_by or queryset.model._meta.ordering or ()]
    names = [name for name in chosen if name.lstrip("-") not in {"pk", "id"}]
    sign = "-" if names and names[0].startswith("-") else ""
    return [*names, f"{sign}pk"]


def _reversed(ordering: Sequence[str]) -> list[str]:
    return [name[1:] if name.startswith("-") else f"-{name}" for name in ordering]


def _beyond(model: type[models.Model], ordering: Sequence[str], cursor: Cursor) -> Q:
    """Return the condition for rows after the cursor, in the order it reads."""
    if len(cursor.values) != len(ordering):
        raise NotFound("This cursor is not valid.", code="invalid_cursor")
    condition = Q()
    same_so_far = Q()
    for name, value in zip(ordering, cursor.values, strict=True):
        field = name.lstrip("-")
        is_descending = name.startswith("-") is not cursor.backwards
        clean = _clean(model, field, value)
        lookup = "lt" if is_descending else "gt"
        condition |= same_so_far & Q(**{f"{field}__{lookup}": clean})
        same_so_far &= Q(**{field: clean})
    return condition


def _clean(model: type[models.Model], name: str, value: Any) -> Any:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    try:
        clean = field.to_python(value)  # type: ignore[union-attr]  # every model has a pk
    except (ValidationError, FieldDoesNotExist) as error:
        raise NotFound("This cursor is not valid.", code="invalid_cursor") from error
    if clean is None or "\x00" in str(clean):
        raise NotFound("This cursor is not valid.", code="invalid_cursor")
    return clean


class OffsetOrCursorPagination(BasePagination):
    """Choose by whether the client sends `cursor`, empty to start."""

    chosen: OffsetPagination | KeysetPagination

    def paginate_queryset(
        self, queryset: QuerySet[ModelType], request: Request, view: APIView | None = None
    ) -> list[ModelType] | None:
        """Return one page."""
        has_cursor = "cursor" in request.query_params
        self.chosen = KeysetPagination() if has_cursor else OffsetPagination()
        return self.chosen.paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page as the chosen way shows it."""
        return self.chosen.get_paginated_response(data)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe both shapes: `count` is there with limit and offset only."""
        described = OffsetPagination().get_paginated_response_schema(schema)
        described["required"] = ["results"]
        return described

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Describe the parameters of both ways."""
        return [
            *OffsetPagination().get_schema_operation_parameters(view),
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "Read on from here; empty to start. Replaces `offset`.",
                "schema": {"type": "string"},
            },
        ]
