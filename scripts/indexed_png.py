"""Writes a screenshot anew with a palette of 256 colours, which takes a third of the bytes: a PNG of text has few colours."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_COLOURS = 256
_PIXEL_BYTES = 3  # red, green, blue: what Chromium writes

Colour = tuple[int, ...]


def indexed(png: bytes) -> bytes:
    """
    Give *png*, of 8 bits for each of red, green and blue, with a palette; colours beyond the palette become the nearest.

    https://www.w3.org/TR/png-3/

    Raises:
        ValueError: it is another kind of PNG, or none.
    """
    chunks = _chunks(png)
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if (depth, kind, interlaced) != (8, 2, 0):
        raise ValueError("not a PNG of 8-bit RGB")
    rows = list(_rows(zlib.decompress(chunks[b"IDAT"]), width * _PIXEL_BYTES))
    pixels = [tuple(row[i : i + _PIXEL_BYTES]) for row in rows for i in range(0, len(row), _PIXEL_BYTES)]
    counted = Counter(pixels)
    palette = [colour for colour, _ in counted.most_common(MOST_COLOURS)]
    places = {colour: _nearest(colour, palette) for colour in counted}
    drawn = bytes(places[pixel] for pixel in pixels)
    lines = b"".join(b"\0" + drawn[i : i + width] for i in range(0, len(drawn), width))
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes(part for colour in palette for part in colour)),
            _chunk(b"IDAT", zlib.compress(lines, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunks(png: bytes) -> dict[bytes, bytes]:
    """Read the data of each kind of chunk, of all that there are of it."""
    if not png.startswith(SIGNATURE):
        raise ValueError("not a PNG")
    found: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind = png[at + 4 : at + 8]
        found[kind] = found.get(kind, b"") + png[at + 8 : at + 8 + length]
        at += length + 12
    return found


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _rows(data: bytes, length: int) -> Iterator[bytearray]:
    """Undo the filter of each line, which says how its bytes differ from those to the left and above."""
    above = bytearray(length)
    for start in range(0, len(data), length + 1):
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + length])
        for i in range(length) if kind else ():
            left = row[i - _PIXEL_BYTES] if i >= _PIXEL_BYTES else 0
            corner = above[i - _PIXEL_BYTES] if i >= _PIXEL_BYTES else 0
            foretold = (0, left, above[i], (left + above[i]) // 2, _paeth(left, above[i], corner))[kind]
            row[i] = (row[i] + foretold) & 255
        yield row
        above = row


def _paeth(left: int, above: int, corner: int) -> int:
    """Choose of three neighbours the one that is nearest to what a slope through them foretells."""
    slope = left + above - corner
    return min((left, above, corner), key=lambda each: abs(slope - each))


def _nearest(colour: Colour, palette: list[Colour]) -> int:
    apart = [sum((a - b) ** 2 for a, b in zip(colour, each, strict=True)) for each in palette]
    return apart.index(min(apart))
