"""Values that are more than one JSON type: the focal point."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gallery.imaging.focal_point import FocalPoint

_COORDINATE = {"type": "number", "minimum": 0, "maximum": 1}


@extend_schema_field(
    {
        "type": "object",
        "description": "Fractions from the top left of the upright image, kept to 2 decimals.",
        "properties": {"x": _COORDINATE, "y": _COORDINATE},
        "required": ["x", "y"],
        "additionalProperties": False,
        "example": {"x": 0.5, "y": 0.33},
    }
)
class FocalPointSerializerField(serializers.Field[FocalPoint, Any, dict[str, float], Any]):
    """`{"x": 0..1, "y": 0..1}`; in a form, the same as JSON text."""

    default_error_messages = {  # noqa: RUF012  (DRF collects it from the classes)
        "invalid_focal_point": 'A focal point is {"x": 0..1, "y": 0..1} from the top left.'
    }

    def to_internal_value(self, data: Any) -> FocalPoint:
        """Return the point.

        Raises:
            ValidationError: not an object of exactly two numbers from 0 to 1.
        """
        try:
            value = json.loads(data) if isinstance(data, str) else data
            if not isinstance(value, dict) or set(value) != {"x", "y"}:
                self.fail("invalid_focal_point")
            return FocalPoint.from_fractions(value["x"], value["y"])
        except (ValueError, RecursionError):
            self.fail("invalid_focal_point")

    def to_representation(self, value: FocalPoint) -> dict[str, float]:
        """Return the point as fractions."""
        x, y = value.fractions
        return {"x": x, "y": y}
