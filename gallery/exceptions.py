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


class OverBudget(ImageRejected):
    """Decoding took more time or memory than one picture may have, or brought its process down."""

    code = "over_budget"
    default_message = "The image takes too much time or memory to decode."


class DecodersBusy(GalleryError):
    """Every process that decodes had other pictures to do for too long."""

    code = "decoders_busy"
    default_message = "Too many images are being processed. Try again later."


class StorageUnavailable(GalleryError):
    """The storage did not take or give a file; nothing was recorded."""

    code = "storage_unavailable"
    default_message = "The file storage does not answer. Try again later."


class OriginalGone(GalleryError):
    """The stored original vanished from the ledger before its row could use it."""

    code = "original_gone"
    default_message = "The stored file is gone. Upload it again."


class KeyTaken(ImageRejected):
    """A file that is not ours lies where a rendition of an adopted original would be put."""

    code = "key_taken"
    default_message = "Another file has the name that a rendition of this one would have."


class ImageInUse(GalleryError):
    """The image is attached somewhere and `force` was not given."""

    code = "image_in_use"
    default_message = "The image is attached to other objects."


class ImageNotFound(GalleryError):
    """One of several ids is of no image of the organisation."""

    code = "not_found"
    default_message = "There is no such image."


class DeletionNotAllowed(GalleryError):
    """Somebody else uploaded the image, and the user does not manage the organisation."""

    code = "permission_denied"
    default_message = "Your role in this organisation does not allow this."


class NotAttachable(GalleryError):
    """The object has no gallery: its model is not registered, or it is in no organisation."""

    code = "not_attachable"
    default_message = "This object has no gallery."


class ObjectGone(NotAttachable):
    """The object was deleted meanwhile."""

    code = "object_gone"
    default_message = "The object is gone."


class UnknownImages(GalleryError):
    """Some ids are of no image of the object's organisation; `image_ids` says which."""

    code = "unknown_images"
    default_message = "Some of the images do not exist in this organisation."


class NotAttached(GalleryError):
    """The image is not in the gallery of the object."""

    code = "not_attached"
    default_message = "The image is not attached to this object."


class GalleryFull(GalleryError):
    """The gallery of the object would have more images than allowed."""

    code = "gallery_full"
    default_message = "The gallery is full."


class OrderMismatch(GalleryError):
    """A new order does not name each image of the gallery exactly once."""

    code = "order_mismatch"
    default_message = "Name every image of the gallery, each once."


class KeyReused(GalleryError):
    """The idempotency key belongs to another request."""

    code = "idempotency_key_reused"
    default_message = "This idempotency key was used for another request."


class KeyInUse(GalleryError):
    """The first request with this idempotency key is still being carried out."""

    code = "idempotency_key_in_use"
    default_message = "The first request with this idempotency key is still running."


class ShareNotFound(GalleryError):
    """No share has this token or id, or it has expired, or was revoked."""

    code = "not_found"
    default_message = "There is no such share."


class InvalidExpiry(GalleryError):
    """A share would have ended already, or in more than a year."""

    code = "invalid_expiry"
    default_message = "A share ends in the future, within a year."


class UploadNotFound(GalleryError):
    """There is no such direct upload, or it has expired."""

    code = "not_found"
    default_message = "There is no such upload."


class UploadIncomplete(GalleryError):
    """The file of a direct upload has not arrived, or not all of it."""

    code = "upload_incomplete"
    default_message = "The file has not arrived yet."


class WrongSize(GalleryError):
    """What arrives has another size than was announced."""

    code = "wrong_size"
    default_message = "The file has another size than was announced."


class SuggestionsNotInstalled(GalleryError):
    """What suggests focal points, the extra `smart`, is not installed."""

    code = "suggestions_not_installed"
    default_message = "This server suggests no focal points."


class UnknownRendition(GalleryError):
    """The set of the image has no rendition of this name."""

    code = "unknown_rendition"
    default_message = "There is no rendition of this name."


class MixedRatios(GalleryError):
    """The renditions chosen for one picture show different cuts of it."""

    code = "mixed_ratios"
    default_message = "The renditions of one picture must have the same ratio."


class InvalidRenditionSpec(GalleryError):
    """A size key of a rendition set cannot be read."""

    code = "invalid_rendition_spec"
    default_message = "The rendition spec is not valid."


OUTAGES = (StorageUnavailable, DecodersBusy)
"""What says nothing against the picture: the same may be tried again."""
