"""The media proxy: a stable URL for every file, whichever storage holds it."""
