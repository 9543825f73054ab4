"""Images on any model: focal points, renditions, stable URLs, a ledger of every stored file."""

# versatileimagefield imports `magic` on import, which needs the C library libmagic. Where the
# system has none, the wheel of pylibmagic brings it; it must be loaded before the next attempt.
try:
    import magic  # noqa: F401  (only to see whether it loads)
except ImportError:
    import pylibmagic  # noqa: F401  (puts its libmagic where `magic` looks)
