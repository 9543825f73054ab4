"""What views share that take files."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.base import File
from django.http import HttpRequest
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from gallery.api.fields import form_with
from gallery.api.serializers.images import BulkUploadResultSerializer, BulkUploadSerializer
from gallery.api.throttling import UploadThrottle
from gallery.api.upload_handlers import expect_bulk
from gallery.exceptions import OUTAGES, ImageRejected, TooLarge
from gallery.services.uploads import FailedUpload


class UploadThrottleMixin(APIView):
    """Count requests that bring files apart from everything else."""

    def get_throttles(self) -> list[BaseThrottle]:
        """Throttle forms: only they bring files."""
        is_upload = self.request.method in {"POST", "PUT"} and is_form(self.request)
        return [*super().get_throttles(), *([UploadThrottle()] if is_upload else [])]


def is_form(request: HttpRequest | Request) -> bool:
    """Tell whether the body is a form that may bring files."""
    return (request.content_type or "").startswith("multipart/")


class BulkUploadMixin(UploadThrottleMixin):
    """Several files in one request, each standing alone."""

    parser_classes = (MultiPartParser,)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Count files by the rules of bulk uploads, before a session's CSRF check reads them."""
        expect_bulk(request)
        return super().initialize_request(request, *args, **kwargs)

    @abstractmethod
    def store(self, uploads: list[File[Any]]) -> tuple[list[Any], list[FailedUpload]]:
        """Store each file where this view says; return what was made of them and what failed."""

    @extend_schema(
        request=form_with(BulkUploadSerializer, files="files"),
        responses={
            201: BulkUploadResultSerializer,
            400: OpenApiResponse(
                BulkUploadResultSerializer, "No file was stored, or there was none to store."
            ),
        },
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Upload several images; each stands alone, and 201 says that any was stored."""
        # The files alone: a browser sends an empty part for an input without a choice.
        return self.store_all(BulkUploadSerializer(data=request.FILES), BulkUploadResultSerializer)

    def store_all(
        self, form: Serializer[Any], result: type[Serializer[Any]], **context: Any
    ) -> Response:
        """Store the files in the one field of `form`; answer in the form of `result`."""
        form.is_valid(raise_exception=True)
        [files] = form.validated_data.values()
        images, failures = self.store(files)
        is_outage = all(isinstance(each.error, OUTAGES) for each in failures)
        if failures and not images and is_outage:
            # Nothing is wrong with any of them: the same request may be sent again.
            raise failures[0].error
        counted = {"uploaded": len(images), "images": images, "errors": failures}
        code = status.HTTP_201_CREATED if images else status.HTTP_400_BAD_REQUEST
        return Response(result(counted, context=context).data, code)


class RefusedFilesMixin(APIView):
    """Answer 400 whatever is wrong with a file, as with any other field of the form."""

    file_field = "image"

    def handle_exception(self, exc: Exception) -> Response:
        """Name the field, with the code of what is wrong."""
        if isinstance(exc, RequestDataTooBig):
            exc = TooLarge()
        if isinstance(exc, ImageRejected):
            problem = ErrorDetail(exc.message, code=exc.code)
            exc = ValidationError({self.file_field: [problem]})
        return super().handle_exception(exc)
