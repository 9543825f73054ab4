"""Damage of any kind, at every door: a picture, or ImageRejected, and nothing else."""

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gallery.exceptions import ImageRejected
from gallery.imaging.formats import ACCEPTED
from gallery.imaging.limits import Limits
from gallery.imaging.metadata import strip
from gallery.imaging.probe import probe
from gallery.imaging.render import Operation, OutputFormat, RenderRequest, render
from tests.gallery.imaging.pictures import animation, file_of, noise, quadrants
from tests.gallery.imaging.test_metadata import MAKERS

LIMITS = Limits(max_pixels=1_000_000, max_total_pixels=4_000_000)
SEEDS = [
    *(make(6) for make in MAKERS.values()),
    *(animation(name) for name in ("GIF", "WEBP", "PNG", "AVIF")),
    file_of(noise(), "JPEG", progressive=True),
    file_of(quadrants(mode="P"), "PNG"),
    file_of(quadrants(mode="CMYK"), "JPEG"),
]
REQUESTS = [
    RenderRequest(Operation.crop, 16, 16, OutputFormat.webp, 50),
    RenderRequest(Operation.fit, 20, 20, OutputFormat.jpeg, 50),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        # Headers are where the structure is; most damage belongs there.
        reach = draw(st.sampled_from([64, 512, len(data)]))
        at = draw(st.integers(0, max(0, min(reach, len(data)) - 1)))
        match draw(st.sampled_from(["flip", "truncate", "splice", "insert", "remove"])):
            case "flip":
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "truncate":
                del data[max(at, 12) :]
            case "splice":
                other = draw(st.sampled_from(SEEDS))
                start = draw(st.integers(0, len(other) - 1))
                data[at : at + 40] = other[start : start + 40]
            case "insert":
                data[at:at] = draw(st.binary(min_size=1, max_size=8))
            case "remove":
                del data[at : at + draw(st.integers(1, 20))]
    return bytes(data)


def _probe(data: bytes) -> object:
    return probe(BytesIO(data), limits=LIMITS)


def _render(data: bytes) -> object:
    return render(BytesIO(data), REQUESTS, limits=LIMITS)


def _strip(data: bytes) -> object:
    for image_format in ACCEPTED.values():
        try:
            strip(data, image_format)
        except ImageRejected:
            continue
    return None


@pytest.mark.parametrize("door", [_probe, _render, _strip])
def test_damage__never_gets_past_the_error_family(door: Callable[[bytes], object]) -> None:
    @settings(
        max_examples=150,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(damaged())
    def attempt(data: bytes) -> None:
        with suppress(ImageRejected):
            door(data)

    attempt()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(damaged())
def test_strip__keeps_what_still_decodes(data: bytes) -> None:
    try:
        facts = probe(BytesIO(data), limits=LIMITS)
    except ImageRejected:
        return
    again = probe(BytesIO(strip(data, facts.format)), limits=LIMITS)
    assert (again.width, again.height, again.frames) == (facts.width, facts.height, facts.frames)
    assert again.placeholder == facts.placeholder


@given(st.binary(max_size=200))
def test_noise__is_no_picture(data: bytes) -> None:
    with pytest.raises(ImageRejected):
        probe(BytesIO(data), limits=LIMITS)
