"""What schemathesis sends where the API asks for an image: small pictures, of the type it says."""

from __future__ import annotations

import re
import uuid
from io import BytesIO
from typing import Any

import schemathesis
from hypothesis import strategies as st
from PIL import Image as PillowImage
from schemathesis import Case, HookContext

HEADER = "Idempotency-Key"
KEY_PATTERN = r"[\x20-\x7e]{1,255}"
SIDES = st.integers(1, 24)
FILES = {"files", "images"}
CHANNEL = st.integers(0, 255)


def _picture(format_name: str, width: int, height: int, red: int, green: int) -> bytes:
    buffer = BytesIO()
    PillowImage.new("RGB", (width, height), (red, green, 90)).save(buffer, format_name)
    return buffer.getvalue()


for _type in ("jpeg", "png", "webp", "gif", "avif"):
    schemathesis.openapi.media_type(
        f"image/{_type}",
        st.builds(_picture, st.just(_type.upper()), SIDES, SIDES, CHANNEL, CHANNEL),
    )


@schemathesis.hook
def filter_case(context: HookContext, case: Case[Any]) -> bool:
    """Leave out forms that are no forms: whatever they say, it is that no field has a value.

    And forms that name a field of text several times, of which Django takes the last.
    """
    if case.media_type != "multipart/form-data":
        return True
    if not isinstance(case.body, dict):
        return False
    return not any(
        isinstance(value, list) for name, value in case.body.items() if name not in FILES
    )


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], **_: Any) -> None:
    """Give every request a key of its own."""
    headers: Any = case.headers or {}
    if re.fullmatch(KEY_PATTERN, headers.get(HEADER, "")):
        # Else most would be answered with 422, which other tests are about.
        headers[HEADER] = f"{headers[HEADER][:200]}{uuid.uuid4()}"
