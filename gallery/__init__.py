"""Images on any model: focal points, renditions, stable URLs, a ledger of every stored file.

`gallery.register(Product, organization="organization")` gives every product a gallery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.db.models import Model

    from gallery.conf import UploadLimits
    from gallery.registry import OrganizationOf, RenditionSetOf, RenditionsOf
    from orgs.models import Viewer


def register(
    model: type[Model],
    *,
    organization: OrganizationOf,
    rendition_set: RenditionSetOf = "",
    upload_limits: UploadLimits | None = None,
    key_prefix: str = "",
) -> None:
    """Give the objects of `model` galleries: `obj.gallery`, `obj.cover` and the REST endpoints.

    Call it once, below the model or in its app's `ready()`.

    Args:
        model: any model with a table of its own.
        organization: whose an object is; a lookup path like `"shop__organization"`, `"pk"` for the
            organisation itself, or a function of the object that returns it.
        rendition_set: which renditions images have in these galleries, if not their own: the name
            of a set, or a function of the object that returns it. Saving an object after which
            that is another has the missing ones made.
        upload_limits: what may be uploaded into these galleries, where not all that the settings
            allow: `gallery.conf.UploadLimits`. Images of the library may be attached in any case.
        key_prefix: the folder of the keys of what is uploaded into these galleries, like
            `"products"`; if empty, that of the library.

    Raises:
        ImproperlyConfigured: an abstract or proxy model; one registered with another organisation;
            one that has something else by the name `gallery` or `cover`.
    """
    # Django imports this package before it knows any model.
    from gallery.conf import AS_CONFIGURED  # noqa: PLC0415
    from gallery.models.has_gallery import register as register_model  # noqa: PLC0415

    register_model(
        model,
        organization=organization,
        rendition_set=rendition_set,
        upload_limits=upload_limits or AS_CONFIGURED,
        key_prefix=key_prefix,
    )


def register_source(
    name: str,
    *,
    keys: str | Iterable[str] | Callable[[], Iterable[str]],
    rendition_set: str = "gallery",
    visibility: str = "public",
    may_see: Callable[[Viewer, str], bool] | None = None,
) -> None:
    """Give files that lie in the storage renditions, made by `warm_renditions` or when asked for.

    ```python
    gallery.register_source("banners", keys="banners/", rendition_set="wide")
    ```

    Call it in an app's `ready()`. The files are adopted when their renditions are first made: from
    then on the ledger knows them, the media proxy serves them, and no sweep ever deletes them.

    Args:
        name: lower-case letters, digits, `-` and `_`. The ledger records it: do not change it.
        keys: a folder of the storage, with all below; or storage keys; or a function that returns
            them. What the gallery itself has put there is left out.
        rendition_set: the name of a set in the settings.
        visibility: `public`, or `private` for what only some may see.
        may_see: tells whether a user may see the private original with a key, and what is made of
            it; without it nobody may.

    Raises:
        ImproperlyConfigured: none of that is possible, or another source has this name.
    """
    # Django imports this package before it knows any model.
    from gallery.renditions.key_source import nobody  # noqa: PLC0415
    from gallery.renditions.key_source import register as register_keys  # noqa: PLC0415

    register_keys(
        name,
        keys=keys,
        rendition_set=rendition_set,
        visibility=visibility,
        may_see=may_see or nobody,
    )


def rendition_set(
    name: str, *, depends_on: Sequence[str] = ()
) -> Callable[[RenditionsOf], RenditionsOf]:
    """Register a function as the rendition set `name`, for models to give as `rendition_set`.

    ```python
    @gallery.rendition_set("products", depends_on=["category"])
    def product_renditions(product: Product) -> str | list[tuple[str, str]]:
        return [("wide", "webp_fit__1600x900-q85")] if product.category == "poster" else "gallery"
    ```

    It is called with an instance, perhaps not saved yet, for every row of a list too: it should
    look at fields and ask nobody. It returns the name of a set, or pairs of a name and a size key.

    Args:
        name: as models give it.
        depends_on: fields of the instance; when one changes, what is missing by then is made.
    """
    # Django imports this package before it is configured.
    from gallery.registry import DynamicSet, add_dynamic_set  # noqa: PLC0415

    def register_function(function: RenditionsOf) -> RenditionsOf:
        add_dynamic_set(DynamicSet(name, function, tuple(depends_on)))
        return function

    return register_function
