"""The one error family of the gallery: every failure a caller can act on has a stable `code`."""

from typing import ClassVar


class GalleryError(Exception):
    """Carry a stable `code` for programs and a `message` for people.

    `code` never changes once published; `message` may. `context` holds the numbers behind the
    message (limits, sizes), for logs and for clients that want to show their own text.
    """

    code: ClassVar[str] = "error"
    default_message: ClassVar[str] = "The request could not be carried out."

    def __init__(self, message: str | None = None, **context: object) -> None:
        self.message = message or self.default_message
        self.context = context
        super().__init__(self.message)


class ImageRejected(GalleryError):
    """The bytes are not a picture we accept."""

    code = "image_rejected"
    default_message = "This file is not accepted as an image."


class TooLarge(ImageRejected):
    """The file has more bytes than allowed."""

    code = "too_large"
    default_message = "The file is too large."


class UnsupportedFormat(ImageRejected):
    """The bytes are of no format on the allow-list, whatever the file is called."""

    code = "unsupported_format"
    default_message = "The file is not an image of an accepted format."


class Corrupt(ImageRejected):
    """The bytes claim a known format and cannot be decoded to the end."""

    code = "corrupt"
    default_message = "The image is damaged and cannot be decoded."


class TooManyPixels(ImageRejected):
    """The picture is wider, higher or has more pixels than may be decoded."""

    code = "too_many_pixels"
    default_message = "The image has too many pixels."


class TooManyFrames(ImageRejected):
    """The animation has more frames, or more pixels over all frames, than may be decoded."""

    code = "too_many_frames"
    default_message = "The animation has too many frames."


class StorageUnavailable(GalleryError):
    """The storage did not take or give a file; nothing was recorded."""

    code = "storage_unavailable"
    default_message = "The file storage does not answer. Try again later."


class OriginalGone(GalleryError):
    """The stored original vanished from the ledger before its row could use it."""

    code = "original_gone"
    default_message = "The stored file is gone. Upload it again."


class ImageInUse(GalleryError):
    """The image is attached somewhere and `force` was not given."""

    code = "image_in_use"
    default_message = "The image is attached to other objects."


class InvalidRenditionSpec(GalleryError):
    """A size key of a rendition set cannot be read."""

    code = "invalid_rendition_spec"
    default_message = "The rendition spec is not valid."
