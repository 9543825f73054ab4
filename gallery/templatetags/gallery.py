"""`{% load gallery %}`: renditions and responsive pictures in templates, without a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import template
from django.template import TemplateSyntaxError

from gallery.models import HasRenditions, PolymorphicImageRelation
from gallery.renditions.handles import Rendition
from gallery.renditions.pictures import DEFAULT_SIZES, Picture, Subject, image_of, picture_of

register = template.Library()

# A parameter of this name cannot be written in Python.
_CLASS: Final = "class"


@register.simple_tag
def rendition(image: object, name: str) -> Rendition | str:
    """Print the URL of a rendition; with `as`, give its `url`, `width` and `height`.

    `image` is an image, any object with one, or a relation; without a file nothing is printed.

    Raises:
        UnknownRendition: its set has none of this name; the message says which there are.
    """
    subject = _subject_of("rendition", image)
    return "" if subject is None else subject.rendition(name)


@register.inclusion_tag("gallery/picture.html")
def picture(
    image: object,
    *,
    names: str | Sequence[str] = "",
    alt: str | None = None,
    sizes: str = "",
    loading: str = "lazy",
    fetchpriority: str = "",
    placeholder: bool = True,
    style: bool = True,
    **attributes: str,
) -> dict[str, Any]:
    """Write `<picture>` for an image, any object with one, or a relation.

    Without a file nothing is written. `names` are separated by spaces, `class` is the one other
    attribute, and with `style=False` data attributes hold what else is in `style`.

    Raises:
        UnknownRendition: its set has no rendition of one of these names.
        MixedRatios: the renditions of these names show different cuts.
        ValueError: `loading` or `fetchpriority` is a word that HTML does not know.
    """
    unknown = attributes.keys() - {_CLASS}
    if unknown:
        raise TemplateSyntaxError(f"'picture' has no option {', '.join(sorted(unknown))}.")
    subject = _subject_of("picture", image)
    if subject is None:
        return {"picture": Picture(None)}
    found = picture_of(
        subject,
        names=names.split() if isinstance(names, str) else names,
        alt=alt,
        sizes=sizes or DEFAULT_SIZES,
        loading=loading,
        fetchpriority=fetchpriority,
        placeholder=placeholder,
    )
    return {"picture": found, "class": attributes.get(_CLASS, ""), "has_style": style}


def _subject_of(tag: str, value: object) -> Subject | None:
    """Return what a tag was given, None if it has no image.

    What a template cannot find is an empty text, and the cover of an empty gallery is None.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, (HasRenditions, PolymorphicImageRelation)):
        kind = type(value).__name__
        raise TemplateSyntaxError(f"'{tag}' takes something with an image, not a {kind}.")
    return value if image_of(value).original_key else None
