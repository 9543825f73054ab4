"""Our sizers, under the module name where versatileimagefield looks for them.

`image.file.webp_crop["160x160-q65"].url` and the library's serializer and template filters give
the same key as the warmer. The library's own sizers and filters stay registered and give URLs, but
never make files: the ledger would not know them.
"""

from __future__ import annotations

from typing import Any

from versatileimagefield.datastructures import SizedImage
from versatileimagefield.datastructures.sizedimage import MalformedSizedImageKey, SizedImageInstance
from versatileimagefield.registry import versatileimagefield_registry

from gallery.exceptions import InvalidRenditionSpec
from gallery.imaging.render import Operation, OutputFormat


class RenditionSizer(SizedImage):
    """A sizer whose files are renditions: named, rendered and recorded like every other."""

    prefix = ""
    filename_key = "rendition"
    makes_renditions = True

    def __getitem__(self, options: str) -> SizedImageInstance:
        """Return name and URL of the rendition with these options, like `"160x160-q65"`.

        Asks neither storage nor database, unless `create_on_demand` is set.

        Raises:
            MalformedSizedImageKey: the options cannot be read.
        """
        # The library imports this module while it is itself being imported by our models.
        from gallery.renditions.on_demand import rendition_key  # noqa: PLC0415

        if not self.path_to_image:
            return SizedImageInstance(name="", url="", storage=self.storage)
        try:
            key = rendition_key(
                f"{self.prefix}__{options}",
                original_key=self.path_to_image,
                ppoi=self.ppoi,
                make=self.create_on_demand,
            )
        except InvalidRenditionSpec as error:
            raise MalformedSizedImageKey(error.message) from error
        return SizedImageInstance(name=key, url=self.storage.url(key), storage=self.storage)


def _sizer(output: OutputFormat, operation: Operation) -> type[RenditionSizer]:
    prefix = f"{output}_{operation}"
    attributes: dict[str, Any] = {"prefix": prefix, "__doc__": f"`{prefix}` renditions."}
    return type(f"{output.title()}{operation.title()}Sizer", (RenditionSizer,), attributes)


for _output in OutputFormat:
    for _operation in Operation:
        versatileimagefield_registry.register_sizer(
            f"{_output}_{_operation}", _sizer(_output, _operation)
        )
