"""What the gallery knows: images, their places in galleries, and every stored file."""

from gallery.models.direct_upload import DirectUpload
from gallery.models.gallery import Gallery
from gallery.models.has_gallery import HasGallery
from gallery.models.idempotency_key import IdempotencyKey
from gallery.models.image import Image
from gallery.models.image_mixin import ImageMixin
from gallery.models.media_file import MediaFile
from gallery.models.mixins import HasRenditions, Use
from gallery.models.relation import PolymorphicImageRelation
from gallery.models.rendition_claim import RenditionClaim
from gallery.models.share import Share

__all__ = [
    "DirectUpload",
    "Gallery",
    "HasGallery",
    "HasRenditions",
    "IdempotencyKey",
    "Image",
    "ImageMixin",
    "MediaFile",
    "PolymorphicImageRelation",
    "RenditionClaim",
    "Share",
    "Use",
]
