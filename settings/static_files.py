"""Static files of production: compressed, with hashes in their names and in whatever names them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's, which also lets ES modules import each other by their hashed names.

    Without that, browsers that cache for ever would mix modules of two releases.
    """

    support_js_module_import_aggregation = True
