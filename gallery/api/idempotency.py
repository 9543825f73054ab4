"""`Idempotency-Key` on every POST of the API: the first answer is kept and given again."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from rest_framework import status
from rest_framework.exceptions import APIException, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gallery.models.idempotency_key import MAX_KEY_LENGTH
from gallery.services import idempotency
from gallery.services.idempotency import Answer, Claim
from orgs.renderers import CompactJSONRenderer

logger = logging.getLogger(__name__)
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY_PATTERN = rf"^[\x20-\x7e]{{1,{MAX_KEY_LENGTH}}}$"
_KEPT_HEADERS = ("Content-Type", "Location")


class InvalidKey(APIException):
    """400: the header is empty, too long or not ASCII."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid_idempotency_key"
    default_detail = f"An {HEADER} has 1 to {MAX_KEY_LENGTH} printable ASCII characters."


class IdempotencyMiddleware:
    """Make every view of REST framework idempotent for POSTs that bring a key.

    Here and not in the views, so that none can forget it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on."""
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Answer in the place of the view, by the same view with our hooks around it."""
        view_class = getattr(view, "cls", None)
        if request.method != "POST" or HEADER not in request.headers or view_class is None:
            return None
        answer: HttpResponseBase = _idempotent(view_class).as_view(**view.initkwargs)(
            request, *args, **kwargs
        )
        return answer


@cache
def _idempotent(view_class: type[APIView]) -> type[APIView]:
    return type(view_class.__name__, (IdempotentMixin, view_class), {})


class _Replay(Exception):
    """The request was answered before."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class IdempotentMixin(APIView):
    """Claim the key when the request is known to be allowed; keep what it is answered with."""

    _claim: Claim | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let authentication and permissions come first: they are asked again every time."""
        super().initial(request, *args, **kwargs)
        # Keys are kept by user. Without one there is nothing to do twice but to log in.
        if isinstance(request.user, AnonymousUser):
            return
        key = request.headers[HEADER]
        if not re.fullmatch(KEY_PATTERN, key):
            raise InvalidKey
        found = idempotency.claim(user=request.user, key=key, fingerprint=fingerprint_of(request))
        if isinstance(found, Answer):
            raise _Replay(found)
        self._claim = found
        request.idempotency_claim = found  # type: ignore[attr-defined]  # for `upload_id_of`

    def handle_exception(self, exc: Exception) -> Response:
        """Give the first answer again."""
        if isinstance(exc, _Replay):
            headers = {**exc.answer.headers, REPLAYED: "true"}
            # Not one of DRF's, which would be rendered once more.
            return HttpResponse(exc.answer.body, status=exc.answer.status, headers=headers)  # type: ignore[return-value]
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Keep the answer once it is written out."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if self._claim is not None:
            response.add_post_render_callback(self._remember)
        return response

    def _remember(self, response: HttpResponse) -> None:
        assert self._claim is not None  # noqa: S101  (or nobody would call this)
        try:
            if response.status_code >= 500 or response.status_code == 429:
                # For reasons that may pass. What was done by then is found done the next time.
                idempotency.release(self._claim)
                return
            kept = {name: response[name] for name in _KEPT_HEADERS if name in response}
            answer = Answer(response.status_code, kept, self._kept_body(response))
            idempotency.remember(self._claim, answer)
        except DatabaseError:
            # What was asked for is done: the answer says so, though it cannot be given again.
            logger.exception("idempotency_answer_not_kept key=%s", self._claim.pk)

    def _kept_body(self, response: HttpResponse) -> bytes:
        """Return the body without what is shown once and kept nowhere."""
        names = getattr(self, "secret_fields", ())
        data = getattr(response, "data", None)
        if not names or not isinstance(data, dict):
            return response.content
        shown_once = {name: None for name in names if name in data}
        return CompactJSONRenderer().render({**data, **shown_once})


def upload_id_of(request: Request, index: int = 0) -> str | None:
    """Return the name of one upload of a request with a key: the same when it is tried again."""
    claim: Claim | None = getattr(request, "idempotency_claim", None)
    return None if claim is None else f"{claim.pk}:{index}"


def fingerprint_of(request: Request) -> str:
    """Return the SHA-256 of everything a request says: method, path, query, values and files.

    Of the parsed form, so that another boundary makes no other request.
    """
    try:
        data = request.data
    except UnsupportedMediaType:
        data = None  # the view says so, if it reads the body at all
    if isinstance(data, QueryDict):
        data = [[name, [_fingerprint(value) for value in values]] for name, values in data.lists()]
        data.sort(key=lambda item: item[0])
    # With the slash that clients may leave out.
    said = [request.method, request.path_info, request.META["QUERY_STRING"], data]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _fingerprint(value: str | UploadedFile[Any]) -> str | Mapping[str, str | None]:
    if not isinstance(value, UploadedFile):
        return value
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return {"name": value.name, "type": value.content_type, "sha256": digest.hexdigest()}
