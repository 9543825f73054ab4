"""The picture that clients may ask for with `?expand=picture`, to write `<picture>` themselves."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import SkipField
from rest_framework.request import Request

from gallery.imaging.placeholder import Placeholder
from gallery.renditions.pictures import Candidate, Img, Picture, Source, picture_of

_PICTURE = "picture"
EXPAND = OpenApiParameter(
    "expand", str, enum=[_PICTURE], description="Add `picture`: what `<picture>` is written from."
)


def expansion_of(request: Request) -> dict[str, Any]:
    """Return the part of a serializer's context that says what the client asks for beyond the rest.

    Raises:
        ValidationError: there is no such part.
    """
    asked = set(request.query_params.getlist(EXPAND.name)) - {""}
    if asked - {_PICTURE}:
        problem = ErrorDetail(f"Send {_PICTURE} or nothing.", code="invalid")
        raise ValidationError({EXPAND.name: [problem]})
    return {EXPAND.name: asked}


class PictureCandidateSerializer(serializers.Serializer[Candidate]):
    """One file that a browser may choose, with its real size in pixels."""

    url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class PictureSourceSerializer(serializers.Serializer[Source]):
    """The candidates of one format, from the narrowest to the widest."""

    type = serializers.CharField(source="content_type")
    srcset = serializers.CharField(help_text="The candidates, as the attribute has them.")
    candidates = PictureCandidateSerializer(many=True)


class PictureImgSerializer(serializers.Serializer[Img]):
    """What every browser understands."""

    src = serializers.CharField(help_text="The widest candidate.")
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt = serializers.CharField(help_text="Empty for a decorative image.")
    srcset = serializers.CharField(help_text="Empty if there is the original alone.")
    candidates = PictureCandidateSerializer(many=True)


class PicturePlaceholderSerializer(serializers.Serializer[Placeholder]):
    """What to show while the file loads."""

    color = serializers.CharField()
    thumbhash = serializers.CharField()


class PictureSerializer(serializers.Serializer[Picture]):
    """Everything that `<picture>` is written from but `sizes`, which only the page knows."""

    sources = PictureSourceSerializer(many=True, help_text="In this order, before the `img`.")
    img = PictureImgSerializer()
    object_position = serializers.CharField(help_text="The focal point as CSS has it.")
    placeholder = PicturePlaceholderSerializer(allow_null=True)

    def get_attribute(self, instance: Any) -> Picture:
        """Return the picture.

        Raises:
            SkipField: nobody asked for it, or not for that of an image within something else.
        """
        owner, root = self.parent, self.root
        is_outermost = owner is root or owner is getattr(root, "child", None)
        if not is_outermost or _PICTURE not in self.context.get(EXPAND.name, ()):
            raise SkipField
        return picture_of(instance)
