"""Who is measured, and how each is started."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from importlib.util import find_spec

from benchmarks.paths import HERE, environment_folder
from benchmarks.variants import VARIANTS

OWN = ""
"""The environment of this project, which is there already."""
NODE = "sharp"
"""The one environment that npm makes."""


@dataclass(frozen=True)
class Contestant:
    """One way to make the files.

    `module` is below benchmarks/workers; sharp has a worker of its own, in benchmarks/sharp.
    `needs` is a library that may be installed in this project's environment, or not.
    """

    name: str
    title: str
    environment: str
    module: str
    how: str
    arguments: tuple[str, ...] = ()
    needs: str = ""

    @property
    def command(self) -> list[str]:
        """The command that starts its process."""
        if self.environment == NODE:
            return ["node", str(HERE / "sharp" / "worker.js"), *self.arguments]
        own = sys.executable
        peer = environment_folder(self.environment) / "bin" / "python"
        python = str(peer) if self.environment else own
        return [python, "-W", "ignore", "-m", f"benchmarks.workers.{self.module}", *self.arguments]

    @property
    def process_environment(self) -> dict[str, str]:
        """The environment variables of its process."""
        node = {
            "NODE_PATH": str(environment_folder(NODE) / "node_modules"),
            "BENCHMARK_VARIANTS": json.dumps([asdict(variant) for variant in VARIANTS]),
        }
        return {**os.environ, **(node if self.environment == NODE else {})}


PROJECT = "project"
POOL = "project-pool"
TUNED_SHARP = "sharp-tuned"
OPTIONAL_ENGINE = "project-vips"

_ALL = (
    Contestant(PROJECT, "this project", OWN, "project", "`imaging.render`, as the warmer calls it"),
    Contestant(
        POOL,
        "this project, in a child process",
        OWN,
        "project",
        "the same in a process of its own, bounded in memory and time, as the warmer has it done",
        arguments=("pool",),
    ),
    Contestant(
        OPTIONAL_ENGINE,
        "this project, by libvips",
        OWN,
        "project",
        "the same with the optional engine, `GALLERY_ENGINE=vips`",
        arguments=("vips",),
        needs="pyvips",
    ),
    Contestant(
        "versatileimagefield",
        "django-versatileimagefield",
        "versatileimagefield",
        "with_versatileimagefield",
        "`VersatileImageFieldWarmer` and sizers that save WebP",
    ),
    Contestant(
        "easy-thumbnails",
        "easy-thumbnails",
        "easy-thumbnails",
        "with_easy_thumbnails",
        "`get_thumbnail` for each size",
    ),
    Contestant(
        "sorl-thumbnail",
        "sorl-thumbnail",
        "sorl-thumbnail",
        "with_sorl_thumbnail",
        "`get_thumbnail` for each size",
    ),
    Contestant(
        "django-imagekit",
        "django-imagekit",
        "django-imagekit",
        "with_django_imagekit",
        "an `ImageSpec` for each size",
    ),
    Contestant(
        "wagtail", "Wagtail", "wagtail", "with_wagtail", "`Image.get_renditions` with all four"
    ),
    Contestant(
        "django-pictures",
        "django-pictures",
        "django-pictures",
        "with_django_pictures",
        "its processor with exactly the four pictures; it has no setting for a quality",
    ),
    Contestant(
        "pillow",
        "Pillow, naively",
        OWN,
        "pillow_naive",
        "decoded once in full, each size resized from that",
    ),
    Contestant(
        "pyvips", "pyvips, by size", "pyvips", "with_pyvips", "`Image.thumbnail` for each size"
    ),
    Contestant(
        "pyvips-cascade",
        "pyvips, cascade",
        "pyvips",
        "with_pyvips",
        "one `Image.thumbnail`, then each size from the larger one",
        arguments=("cascade",),
    ),
    Contestant(
        "sharp",
        "sharp, as documented",
        NODE,
        "",
        "a pipeline from the file for each size, default effort",
    ),
    Contestant(
        TUNED_SHARP,
        "sharp, tuned by hand",
        NODE,
        "",
        "decoded once, each size from the larger one, effort 2, one thread",
        arguments=("tuned",),
    ),
)
# Nobody has to install what is optional.
CONTESTANTS = tuple(c for c in _ALL if not c.needs or find_spec(c.needs))
BY_NAME = {contestant.name: contestant for contestant in CONTESTANTS}
