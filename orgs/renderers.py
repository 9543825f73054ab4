"""How the API writes JSON."""

from typing import Any

from rest_framework.renderers import JSONRenderer


class CompactJSONRenderer(JSONRenderer):
    """JSON in one form only, so that one state has one ETag.

    REST framework would indent it for `Accept: application/json; indent=4`.
    """

    def get_indent(self, accepted_media_type: str, renderer_context: Any) -> Any:
        """Return what the browsable pages ask for, and nobody else."""
        return renderer_context.get("indent")
