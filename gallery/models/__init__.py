"""What the gallery knows: images, their places in galleries, and every stored file."""

from gallery.models.image import Image
from gallery.models.media_file import MediaFile
from gallery.models.mixins import HasRenditions, ImageMixin
from gallery.models.relation import PolymorphicImageRelation

__all__ = ["HasRenditions", "Image", "ImageMixin", "MediaFile", "PolymorphicImageRelation"]
