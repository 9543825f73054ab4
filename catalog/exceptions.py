"""What may be wrong with a product."""

from gallery.exceptions import GalleryError


class SlugTaken(GalleryError):
    """Another product has the slug."""

    code = "unique"
    default_message = "Another product has this slug."
