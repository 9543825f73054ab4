"""System checks: what an operator got wrong, and how to mend it."""

from gallery.checks import configuration, declarations, rendition_sets

__all__ = ["configuration", "declarations", "rendition_sets"]
