"""A model of somebody else's app that carries an image, in as few lines as that takes."""

import uuid

from django.db import models

from gallery.models import ImageMixin


class Photo(ImageMixin):
    """A photo with a UUID for its key, and renditions of its own."""

    rendition_set = "photos"
    key_prefix = "testapp/photos"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=40, blank=True)

    class Meta(ImageMixin.Meta):
        app_label = "testapp"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PhotoProxy(Photo):
    """The same rows under another name."""

    class Meta:
        app_label = "testapp"
        proxy = True
