"""Strip an AVIF or HEIC in place: offsets all over such a file point at absolute positions.

So nothing moves: what goes is overwritten with zeros, and its box is renamed to `free`, which
every reader skips.
"""

from typing import Final

from gallery.exceptions import Corrupt
from gallery.imaging.containers.isobmff import (
    Box,
    Item,
    boxes,
    meta_children,
    primary_item,
    read_items,
    thumbnails,
    top_boxes,
)

_FREE: Final = b"free"
_TOP: Final = frozenset({b"ftyp", b"meta", b"moov", b"mdat"})
_META: Final = frozenset(
    {b"hdlr", b"pitm", b"iinf", b"iloc", b"iref", b"iprp", b"idat", b"grpl", b"dinf"}
)
# Items that are pictures or say how to put pictures together.
_PICTURES: Final = frozenset(
    {b"av01", b"hvc1", b"hev1", b"avc1", b"grid", b"iden", b"iovl", b"tmap"}
)
_PROPERTIES: Final = frozenset(
    {
        *(b"ispe", b"pixi", b"colr", b"pasp", b"clap", b"irot", b"imir", b"auxC"),
        *(b"av1C", b"hvcC", b"avcC", b"a1op", b"a1lx", b"lsel", b"clli", b"mdcv", b"cclv", b"amve"),
    }
)
# What may be inside which box of a film; only the parents named here are looked into.
_MOVIE: Final[dict[bytes, frozenset[bytes]]] = {
    b"moov": frozenset({b"mvhd", b"trak"}),
    b"trak": frozenset({b"tkhd", b"tref", b"edts", b"mdia"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"nmhd", b"hdlr", b"dinf", b"stbl"}),
    b"stbl": frozenset(
        {
            *(b"stsd", b"stts", b"stsc", b"stsz", b"stz2", b"stco", b"co64"),
            *(b"stss", b"ctts", b"cslg", b"sdtp", b"sgpd", b"sbgp"),
        }
    ),
}
_DATED: Final = frozenset({b"mvhd", b"tkhd", b"mdhd"})


def strip(data: bytes) -> bytes:
    """Return `data` with everything but pictures, their properties and their timing zeroed."""
    out = bytearray(data)
    top = top_boxes(data)
    kept = None
    for box in top:
        if box.kind == b"meta":
            if kept is not None:
                raise Corrupt
            kept = _strip_meta(out, data, box)
        elif box.kind == b"moov":
            _strip_movie(out, data, box)
        elif box.kind not in _TOP:
            _free(out, box)
    if kept is None:
        raise Corrupt
    # A film's samples are listed elsewhere; a still's bytes are all in its items.
    if not any(box.kind == b"moov" for box in top):
        for box in top:
            if box.kind == b"mdat":
                _zero_between(out, box, kept)
    return bytes(out[: _end_of_content(top)])


def _end_of_content(top: list[Box]) -> int:
    return max(box.end for box in top if box.kind in _TOP)


def _strip_meta(out: bytearray, data: bytes, meta: Box) -> list[tuple[int, int]]:
    """Clean the `meta` box; return the ranges of the file that the kept items need."""
    children = meta_children(data, meta)
    items = read_items(data, children)
    dropped = thumbnails(data, children)
    primary = primary_item(data, children)
    pictures = {i for i, item in items.items() if item.kind in _PICTURES} - dropped
    if primary not in pictures:
        raise Corrupt
    kept = sorted(extent for i in pictures for extent in items[i].extents)
    for identifier, item in items.items():
        _strip_item(out, item, is_kept=identifier in pictures, kept=kept)
    for box in children:
        if box.kind not in _META:
            _free(out, box)
        elif box.kind == b"hdlr":
            _zero(out, box.body + 12, box.end)
        elif box.kind == b"iprp":
            _strip_properties(out, data, box)
        elif box.kind == b"idat":
            _zero_between(out, box, kept)
    return kept


def _strip_item(out: bytearray, item: Item, *, is_kept: bool, kept: list[tuple[int, int]]) -> None:
    _zero(out, item.kind_at + 4, item.entry_end)  # its name, and the type of a `mime` item
    if is_kept:
        return
    out[item.kind_at : item.kind_at + 4] = _FREE
    for start, end in item.extents:
        if any(start < kept_end and kept_start < end for kept_start, kept_end in kept):
            raise Corrupt("Metadata and picture share their bytes.")
        _zero(out, start, end)


def _strip_properties(out: bytearray, data: bytes, parent: Box) -> None:
    for container in boxes(data, parent.body, parent.end):
        if container.kind == b"ipco":
            for box in boxes(data, container.body, container.end):
                if box.kind not in _PROPERTIES:
                    _free(out, box)  # in place: properties are referred to by their number
        elif container.kind != b"ipma":
            _free(out, container)


def _strip_movie(out: bytearray, data: bytes, parent: Box) -> None:
    for box in boxes(data, parent.body, parent.end):
        if box.kind not in _MOVIE[parent.kind]:
            _free(out, box)
        elif box.kind in _MOVIE:
            _strip_movie(out, data, box)
        elif box.kind == b"hdlr":
            _zero(out, box.body + 12, box.end)
        elif box.kind in _DATED:
            _zero(out, box.body + 4, box.body + (20 if data[box.body] else 12))


def _free(out: bytearray, box: Box) -> None:
    out[box.start + 4 : box.start + 8] = _FREE
    _zero(out, box.body, box.end)


def _zero(out: bytearray, start: int, end: int) -> None:
    if start < end:
        out[start:end] = bytes(end - start)


def _zero_between(out: bytearray, box: Box, kept: list[tuple[int, int]]) -> None:
    """Zero what no kept range covers; `kept` is sorted."""
    position = box.body
    for start, end in kept:
        if start >= box.end:
            break
        _zero(out, position, min(start, box.end))
        position = max(position, end)
    _zero(out, position, box.end)
