"""Settings under which the renditions of a large picture take seconds, and of a small one none."""

from tests.services.settings import *  # noqa: F403  (a settings module is the sum of its base and its own)

VERSATILEIMAGEFIELD_RENDITION_KEY_SETS = {
    "gallery": [
        ("thumb", "webp_crop__160x160-q65"),
        *((f"w{side}", f"webp_fit__{side}x{side}-q95") for side in range(4000, 6001, 500)),
    ],
}
