"""Every picture test holds for every engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gallery.imaging import engines


@pytest.fixture(
    autouse=True,
    params=[engines.PILLOW, pytest.param(engines.VIPS, marks=pytest.mark.vips)],
)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Have the test's process use one engine; `./dev test --vips` has the other."""
    engines.use(request.param)
    yield request.param
    engines.use(engines.PILLOW)
