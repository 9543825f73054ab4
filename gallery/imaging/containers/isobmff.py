"""AVIF and HEIC: boxes within boxes, with a table of items that says where their bytes lie."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from gallery.exceptions import Corrupt
from gallery.imaging.containers.header import Header

AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
HEIC_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
)
_MAX_BOXES: Final = 20_000
_MAX_EXTENTS: Final = 20_000
_MAX_BRANDS: Final = 64
_IN_FILE, _IN_IDAT = 0, 1
# How long an item id is, by the version of the box it is in.
_ID_IN_ENTRY: Final = {2: 2, 3: 4}
_ID_IN_LOCATIONS: Final = {0: 2, 1: 2, 2: 4}


class Box(NamedTuple):
    """A box: its four letters, where it starts, where its body starts and where it ends."""

    kind: bytes
    start: int
    body: int
    end: int


@dataclass(slots=True)
class Item:
    """An item: its type, where that stands, where its entry ends, and the ranges of its bytes."""

    kind: bytes
    kind_at: int
    entry_end: int
    extents: list[tuple[int, int]] = field(default_factory=list)


class _Reader:
    """Read big-endian numbers one after the other; Corrupt beyond the end of the box."""

    def __init__(self, data: bytes, position: int, end: int) -> None:
        self._data = data
        self._position = position
        self._end = end

    def uint(self, length: int) -> int:
        start, self._position = self._position, self._position + length
        if self._position > self._end:
            raise Corrupt
        return int.from_bytes(self._data[start : self._position], "big")


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two offsets. Raises Corrupt for one that leaves its parent."""
    for _ in range(_MAX_BOXES):
        if start == end:
            return
        length, body = int.from_bytes(data[start : start + 4], "big"), start + 8
        if length == 1:
            length, body = int.from_bytes(data[start + 8 : start + 16], "big"), start + 16
        elif length == 0:
            length = end - start
        box = Box(data[start + 4 : start + 8], start, body, start + length)
        if not body <= box.end <= end:
            raise Corrupt
        yield box
        start = box.end
    raise Corrupt("The file has too many boxes.")


def top_boxes(data: bytes) -> list[Box]:
    """Return the outermost boxes, up to the first bytes that are none.

    Junk behind the picture is common enough in the wild, and cutting it off is our job.
    """
    found: list[Box] = []
    try:
        found.extend(box for box in boxes(data, 0, len(data)))
    except Corrupt:
        found = _readable_boxes(data)
    if not found or found[0].kind != b"ftyp":
        raise Corrupt
    return found


def _readable_boxes(data: bytes) -> list[Box]:
    found: list[Box] = []
    walk = boxes(data, 0, len(data))
    while True:
        try:
            found.append(next(walk))
        except (Corrupt, StopIteration):
            return found


def brands(data: bytes) -> frozenset[bytes]:
    """Return the major and the compatible brands, none when this is no such file."""
    if data[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(data[:4], "big"), 16 + 4 * _MAX_BRANDS, len(data))
    return frozenset({data[8:12], *(data[i : i + 4] for i in range(16, end - 3, 4))})


def meta_children(data: bytes, meta: Box) -> list[Box]:
    """Return the boxes of `meta`, whose body begins with four bytes of version and flags."""
    return list(boxes(data, meta.body + 4, meta.end))


def find(children: list[Box], kind: bytes) -> Box | None:
    """Return the first box of that kind."""
    return next((box for box in children if box.kind == kind), None)


def primary_item(data: bytes, children: list[Box]) -> int:
    """Return the id of the picture that is shown. Raises Corrupt without one."""
    box = find(children, b"pitm")
    if box is None:
        raise Corrupt
    return _Reader(data, box.body + 4, box.end).uint(4 if data[box.body] else 2)


def thumbnails(data: bytes, children: list[Box]) -> frozenset[int]:
    """Return the ids of the items that are smaller copies of another."""
    references = find(children, b"iref")
    if references is None:
        return frozenset()
    length = 4 if data[references.body] else 2
    return frozenset(
        _Reader(data, box.body, box.end).uint(length)
        for box in boxes(data, references.body + 4, references.end)
        if box.kind == b"thmb"
    )


def read_items(data: bytes, children: list[Box]) -> dict[int, Item]:
    """Return the items of `meta` by id, with their extents. Raises Corrupt."""
    listing = find(children, b"iinf")
    if listing is None:
        raise Corrupt
    items: dict[int, Item] = {}
    first = listing.body + (8 if data[listing.body] else 6)
    for entry in boxes(data, first, listing.end):
        id_length = _ID_IN_ENTRY.get(data[entry.body])
        if entry.kind != b"infe" or id_length is None:
            raise Corrupt
        identifier = _Reader(data, entry.body + 4, entry.end).uint(id_length)
        kind_at = entry.body + 4 + id_length + 2  # behind flags, id and protection
        kind = _Reader(data, kind_at, entry.end).uint(4).to_bytes(4, "big")
        items[identifier] = Item(kind, kind_at, entry.end)
    _read_locations(data, children, items)
    return items


def _read_locations(data: bytes, children: list[Box], items: dict[int, Item]) -> None:
    box = find(children, b"iloc")
    if box is None:
        return
    idat = find(children, b"idat")
    version, budget = data[box.body], _MAX_EXTENTS
    id_length = _ID_IN_LOCATIONS.get(version)
    if id_length is None:
        raise Corrupt
    reader = _Reader(data, box.body + 4, box.end)
    sizes = reader.uint(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    for _ in range(reader.uint(id_length)):
        item = items.get(reader.uint(id_length))
        method = reader.uint(2) & 15 if version else _IN_FILE
        _data_reference, base = reader.uint(2), reader.uint(base_size)
        count = reader.uint(2)
        budget -= count + 1
        if budget < 0:
            raise Corrupt("The file has too many extents.")
        for _extent in range(count):
            reader.uint(index_size)
            start = base + reader.uint(offset_size)
            extent = _extent_in_file(method, start, reader.uint(length_size), idat, len(data))
            if item is not None:
                item.extents.append(extent)


def _extent_in_file(
    method: int, start: int, length: int, idat: Box | None, file_length: int
) -> tuple[int, int]:
    end_of_home = file_length
    if method == _IN_IDAT and idat is not None:
        start, end_of_home = start + idat.body, idat.end
    elif method != _IN_FILE:
        raise Corrupt
    if not length or start + length > end_of_home:
        raise Corrupt
    return start, start + length


def read_header(data: bytes, max_frames: int) -> Header:
    """Read the largest size any item or track claims, and the frames of the longest track.

    The orientation is left to the decoder: it is a property of the picture there, not EXIF.
    Raises Corrupt.
    """
    width = height = 0
    frames = 1
    top = top_boxes(data)
    if meta := find(top, b"meta"):
        properties = find(meta_children(data, meta), b"iprp")
        for box in _descend(data, [properties] if properties else [], (b"ipco", b"ispe")):
            reader = _Reader(data, box.body + 4, box.end)
            width, height = max(width, reader.uint(4)), max(height, reader.uint(4))
    tracks = [box for movie in top if movie.kind == b"moov" for box in _children(data, movie)]
    tracks = [box for box in tracks if box.kind == b"trak"]
    for box in _descend(data, tracks, (b"tkhd",)):
        reader = _Reader(data, box.end - 8, box.end)
        width, height = max(width, reader.uint(4) >> 16), max(height, reader.uint(4) >> 16)
    for box in _descend(data, tracks, (b"mdia", b"minf", b"stbl", b"stsz")):
        reader = _Reader(data, box.body + 8, box.end)
        frames = max(frames, reader.uint(4))
    if not width or not height:
        raise Corrupt
    return Header(width, height, min(frames, max_frames + 1))


def _descend(data: bytes, parents: list[Box], path: tuple[bytes, ...]) -> list[Box]:
    for kind in path:
        parents = [box for parent in parents for box in _children(data, parent) if box.kind == kind]
    return parents


def _children(data: bytes, parent: Box) -> list[Box]:
    return list(boxes(data, parent.body, parent.end))
