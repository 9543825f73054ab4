"""The answer to the focal-point picker's "Suggest"."""

from __future__ import annotations

from http import HTTPStatus

from django.http import JsonResponse

from gallery.exceptions import GalleryError, StorageUnavailable, SuggestionsNotInstalled
from gallery.models import Image
from gallery.services.suggestions import suggest_focal_point


def suggestion(image: Image | None) -> JsonResponse:
    """Answer with a focal point for `image`, which is None for those who may not change it."""
    if image is None:
        return _refusal("not_found", "There is no such image.", HTTPStatus.NOT_FOUND)
    try:
        point = suggest_focal_point(image=image)
    except StorageUnavailable as error:
        return _refusal(error.code, error.message, HTTPStatus.SERVICE_UNAVAILABLE)
    except SuggestionsNotInstalled as error:
        return _refusal(error.code, error.message, HTTPStatus.NOT_IMPLEMENTED)
    except GalleryError as error:
        return _refusal(error.code, error.message, HTTPStatus.UNPROCESSABLE_ENTITY)
    x, y = point.fractions
    return JsonResponse({"focal_point": {"x": x, "y": y}})


def _refusal(code: str, detail: str, status: HTTPStatus) -> JsonResponse:
    return JsonResponse({"code": code, "detail": detail}, status=status)
