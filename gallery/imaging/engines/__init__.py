"""Who shrinks pictures: Pillow, or libvips where it is installed and chosen.

The checks, the colours and the encoders are the same for both. Which one it is belongs to the
process: a child that decodes is told with each job.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Final, Protocol

from PIL import Image

from gallery.imaging.geometry import Size

PILLOW: Final = "pillow"
VIPS: Final = "vips"
NAMES: Final = (PILLOW, VIPS)


class Engine(Protocol):
    """What an engine does; pictures are Pillow's on both sides."""

    def load_jpeg(self, data: bytes, size: Size) -> Image.Image | None:
        """Decode a whole JPEG to exactly `size`, not upright yet; None to have Pillow do it.

        Raises whatever a decoder raises, also for a file that ends early.
        """

    def resize(self, image: Image.Image, size: Size, filter: Image.Resampling) -> Image.Image:  # noqa: A002
        """Return the whole picture at `size`, averaged by `filter`."""


def is_installed(name: str) -> bool:
    """Tell whether this engine can be chosen."""
    return name == PILLOW or (name == VIPS and find_spec("pyvips") is not None)


def use(name: str) -> None:
    """Have this process use an engine, one of `NAMES`, from now on."""
    if name not in _engines:
        _engines[name] = import_module(f"gallery.imaging.engines.{name}").ENGINE
    _engines[""] = _engines[name]


def current() -> Engine:
    """Return the engine of this process: Pillow until another was chosen."""
    if "" not in _engines:
        use(PILLOW)
    return _engines[""]


_engines: dict[str, Engine] = {}
