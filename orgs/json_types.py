"""JSON values of exactly the types that the API describes."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.utils import html

# The first one that a field is an instance of says what it takes.
_TYPES: tuple[tuple[type[Any], type[Any], str], ...] = (
    (serializers.BooleanField, bool, "Send true or false."),
    (serializers.IntegerField, int, "Send a whole number."),
    (serializers.CharField, str, "Send a text."),
)


class JSONTypesMixin(serializers.Serializer[Any]):
    """Refuse `5` for a text and `"5"` for a number, which REST framework converts.

    In forms everything is text, so there it stays as it is.
    """

    def to_internal_value(self, data: Any) -> Any:
        """Return the values.

        Raises:
            ValidationError: one of another type, or not valid otherwise.
        """
        if isinstance(data, Mapping) and not html.is_html_input(data):
            wrong = {
                name: [ErrorDetail(message, code="invalid")]
                for name, field in self.fields.items()
                if name in data and (message := _complaint(field, data[name]))
            }
            if wrong:
                raise ValidationError(wrong)
        return super().to_internal_value(data)


def _complaint(field: Any, value: Any) -> str:
    """Return what is wrong with the type of `value`; empty if nothing is. Null is the field's."""
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        return next(filter(None, (_complaint(field.child, each) for each in value)), "")
    for kind, wanted, message in _TYPES:
        if isinstance(field, kind):
            return "" if value is None or _is_of(wanted, value) else message
    return ""


def _is_of(wanted: type[Any], value: Any) -> bool:
    if wanted is int:
        # JSON has one kind of numbers: 1.0 is a whole one.
        is_whole = isinstance(value, float) and value.is_integer()
        return is_whole or (isinstance(value, int) and not isinstance(value, bool))
    return isinstance(value, wanted)
