"""What can go wrong with reference images."""

from gallery.exceptions import GalleryError


class ReferenceImagesFull(GalleryError):
    """The user has as many reference images as there are slots."""

    code = "reference_images_full"
    default_message = "There are five reference images already: delete one first."


class SlotTaken(GalleryError):
    """Another reference image of the user is in the slot that a new one asks for."""

    code = "unique"
    default_message = "Another reference image is in this slot."
