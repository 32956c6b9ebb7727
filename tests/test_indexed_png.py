"""A screenshot written anew with a palette: as few bytes as it has colours, and the same picture."""

import struct
import zlib

import pytest

from scripts.indexed_png import SIGNATURE, indexed

WIDTH = 4
# Each line with another of the five filters; the bytes say how they differ from the line's left and upper neighbours.
LINES = (
    (0, (10, 20, 30) * WIDTH),
    (1, (10, 20, 30) + (0, 0, 0) * 3),
    (2, (0, 0, 0) * 3 + (1, 2, 3)),
    (3, (5, 10, 15) + (0, 0, 0) * 2 + (0, 255, 255)),
    (4, (1, 1, 1) + (0, 0, 0) * 3),
)
PLAIN = (10, 20, 30)
PIXELS = [PLAIN] * 4 + [PLAIN] * 4 + [PLAIN] * 3 + [(11, 22, 33)] + [PLAIN] * 4 + [(11, 21, 31)] * 4


def png(kind: int, lines: bytes, *more: tuple[bytes, bytes], height: int = len(LINES)) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, height, 8, kind, 0, 0, 0)
    chunks = ((b"IHDR", header), *more, (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def drawn(picture: bytes) -> list[tuple[int, ...]]:
    """Read the pixels of a picture with a palette whose lines have no filter."""
    palette = picture[picture.index(b"PLTE") + 4 :]
    data = zlib.decompress(picture[picture.index(b"IDAT") + 4 : picture.index(b"IEND") - 8])
    rows = [data[i + 1 : i + 1 + WIDTH] for i in range(0, len(data), WIDTH + 1)]
    return [tuple(palette[place * 3 : place * 3 + 3]) for row in rows for place in row]


def test_each_filter_is_undone_and_the_picture_stays_the_same() -> None:
    lines = b"".join(bytes([kind, *values]) for kind, values in LINES)
    assert drawn(indexed(png(2, lines))) == PIXELS


def test_a_colour_that_the_palette_has_no_room_for_becomes_the_nearest() -> None:
    often = [(0, shade, 0) for shade in range(256)] * 5
    lines = b"".join(
        bytes([0, *(part for pixel in (*often, *[(9, 200, 0)] * WIDTH)[i : i + WIDTH] for part in pixel)])
        for i in range(0, len(often) + WIDTH, WIDTH)
    )
    picture = indexed(png(2, lines, height=len(often) // WIDTH + 1))
    assert drawn(picture) == [*often, *[(0, 200, 0)] * WIDTH]


@pytest.mark.parametrize("picture", [b"", b"GIF89a", png(6, b"")], ids=["nothing", "no PNG", "with opacity"])
def test_what_chromium_does_not_write_is_refused(picture: bytes) -> None:
    with pytest.raises(ValueError, match="PNG"):
        indexed(picture)
