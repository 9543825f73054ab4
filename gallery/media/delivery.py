"""How the bytes of a file travel: through this process, the web server, or from the bucket."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from gallery.conf import Delivery, gallery_settings
from gallery.media.headers import disposition, is_private
from gallery.media.ranges import ByteRange
from gallery.media.streams import FilePart, read_part
from gallery.models import MediaFile
from gallery.storage import IMMUTABLE, media_storage

# Renditions and most originals: one read and one write are the fastest way.
AT_ONCE = 256 * 1024


def deliver(request: HttpRequest, file: MediaFile, wanted: ByteRange | None) -> HttpResponseBase:
    """Answer with a file, or the part that is wanted of it, in the way the settings say.

    Raises:
        StorageUnavailable: the storage did not give it; the cause is FileNotFoundError when it
            has no such file.
    """
    headers = {"Content-Type": file.content_type, "Content-Disposition": disposition(file)}
    delivery = gallery_settings().delivery
    if request.method == "HEAD":
        return HttpResponse(headers={**headers, "Content-Length": str(file.size)})
    if delivery == Delivery.redirect and (redirect := _redirect(file, headers)):
        return redirect
    if delivery == Delivery.accelerate and wanted is None and not _is_conditional(request):
        return _accelerate(file, headers)
    return _stream(file, wanted, headers)


def _is_conditional(request: HttpRequest) -> bool:
    """Tell whether the server in front would judge by an ETag that it does not know.

    Parts are ours for the same reason: `If-Range` is about that ETag.
    """
    return "If-Match" in request.headers or "If-Unmodified-Since" in request.headers


def _accelerate(file: MediaFile, headers: dict[str, str]) -> HttpResponse:
    settings = gallery_settings()
    location = media_storage().location_for(file.key, prefix=settings.accelerate_prefix)
    return HttpResponse(headers={**headers, settings.accelerate_header: location})


def _redirect(file: MediaFile, headers: dict[str, str]) -> HttpResponse | None:
    """Send the client to the bucket; None where the storage has no URLs of its own."""
    seconds, storage = gallery_settings().redirect_seconds, media_storage()
    location = None if is_private(file) else storage.unsigned_url(file.key)
    location = location or storage.temporary_url(
        file.key,
        seconds=seconds,
        ResponseContentType=headers["Content-Type"],
        ResponseContentDisposition=headers["Content-Disposition"],
        ResponseCacheControl="private, no-cache" if is_private(file) else IMMUTABLE,
    )
    if location is None:
        return None
    # Public ones may be kept for as long as the URL will do for whoever follows them.
    kept = "private, no-store" if is_private(file) else f"public, max-age={seconds // 2}"
    return HttpResponse(
        status=HTTPStatus.FOUND, headers={"Location": location, "Cache-Control": kept}
    )


def _stream(file: MediaFile, wanted: ByteRange | None, headers: dict[str, str]) -> HttpResponseBase:
    part = wanted or ByteRange(0, file.size - 1)
    headers = {**headers, "Content-Length": str(part.length)}
    status = HTTPStatus.OK
    if wanted is not None:
        status = HTTPStatus.PARTIAL_CONTENT
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{file.size}"
    if part.length <= AT_ONCE:
        return HttpResponse(read_part(file.key, part), status=status, headers=headers)
    return StreamingHttpResponse(FilePart.open(file.key, part), status=status, headers=headers)
