"""Images by the thousand, with all their renditions: rows of the database, and no files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection, transaction

from gallery.models import Image, MediaFile
from gallery.renditions.sets import rendition_set
from orgs.models import Organization

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT %s UNION ALL SELECT i + 1 FROM n WHERE i < %s) "
_NOW = "CURRENT_TIMESTAMP"
_KEY = "'images/2026/01/' || n.i || '.jpg'"
_FACTS = {"content_type": "'image/jpeg'", "width": "4000", "height": "3000", "sha256": "''"}
_FILE = {
    **_FACTS,
    "state": "'live'",
    "source": "'gallery.image.file'",
    "visibility": "'public'",
    "size": "1000",
    "warming_attempts": "0",
    "warming_error": "''",
    "file_name": "''",
    "created_at": _NOW,
    "updated_at": _NOW,
}


@transaction.atomic
def insert_images(organization: Organization, ids: Iterable[int]) -> None:
    """Insert images with these consecutive primary keys, each with all renditions of its set."""
    numbers = (min(ids), max(ids))
    texts = ("title", "alt_text", "description", "error", "file_name", "md5")
    image = {
        **_FACTS,
        **dict.fromkeys((*texts, "placeholder_color", "placeholder_thumbhash"), "''"),
        "id": "n.i",
        "organization_id": str(organization.pk),
        "file": _KEY,
        "ppoi": "'0.5x0.5'",
        "is_animated": "1 = 0",
        "decorative": "1 = 0",
        "visibility": "'public'",
        "status": "'ready'",
        "file_size": "1000",
        "created_at": _NOW,
        "updated_at": _NOW,
    }
    _insert(Image._meta.db_table, image, "FROM n", numbers)
    own = {"rendition": "''", "fingerprint": "''", "warming": "'ready'"}
    file = {**_FILE, **own, "key": _KEY, "object_id": "CAST(n.i AS VARCHAR(64))"}
    _insert(MediaFile._meta.db_table, file, "FROM n", numbers)
    for spec in rendition_set(Image.rendition_set):
        made = {"rendition": f"'{spec.name}'", "fingerprint": f"'{spec.size_key}'"}
        key = f"'images/2026/01/' || n.i || '_{spec.label}.{spec.format.extension}'"
        file |= {**made, "key": key, "original_id": "o.id", "warming": "''"}
        join = f"FROM n JOIN {MediaFile._meta.db_table} o ON o.key = {_KEY}"
        _insert(MediaFile._meta.db_table, file, join, numbers)


def _insert(table: str, values: dict[str, str], source: str, numbers: Sequence[int]) -> None:
    columns, expressions = ", ".join(values), ", ".join(values.values())
    # Nothing here comes from anybody else.
    statement = f"INSERT INTO {table} ({columns}) {_NUMBERS} SELECT {expressions} {source}"
    with connection.cursor() as cursor:
        cursor.execute(statement, numbers)
