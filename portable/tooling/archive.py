"""Takes files; returns a zip whose bytes depend only on them: sorted, with one fixed time and two modes."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from portable.errors import TooLarge

DATE = 1 << 5 | 1
"""1 January 1980 as a zip has it; the time is midnight."""
FLAGS = 0x0800
"""Names are UTF-8."""
PIECE = 1 << 20
"""Bytes of a large file that one core compresses. Such a file is compressed fast: 1% more for a third of the time."""
WINDOW = 1 << 15
"""Bytes back to which deflate refers."""
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


@dataclass(frozen=True, slots=True)
class Member:
    """A file as a zip holds it: `data` is deflated unless that made it no smaller."""

    path: str
    data: bytes
    deflated: bool
    checksum: int
    size: int
    executable: bool = False


def members_of(files: Mapping[str, bytes], executable: Collection[str]) -> dict[str, Member]:
    """Return the members of files by path, packed on every core: a large file in pieces."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        packing = {
            path: [pool.submit(_piece, content, start) for start in range(0, len(content) or 1, PIECE)]
            for path, content in files.items()
        }
        return {
            path: _member(path, files[path], b"".join(piece.result() for piece in pieces), path in executable)
            for path, pieces in packing.items()
        }


def _piece(content: bytes, start: int) -> bytes:
    """Return the deflated piece of a file that begins at `start`. It refers to what stands before it, as one stream would."""
    end = start + PIECE
    level = 9 if len(content) <= PIECE else 5
    pack = zlib.compressobj(level, zlib.DEFLATED, -15, zdict=content[max(0, start - WINDOW) : start])
    return pack.compress(content[start:end]) + pack.flush(zlib.Z_SYNC_FLUSH if end < len(content) else zlib.Z_FINISH)


def _member(path: str, content: bytes, packed: bytes, executable: bool) -> Member:
    smaller = len(packed) < len(content)
    return Member(path, packed if smaller else content, smaller, zlib.crc32(content), len(content), executable)


def archive(members: Iterable[Member]) -> bytes:
    """Return the zip of members, sorted by path. Raises TooLarge above what a plain zip holds."""
    out = io.BytesIO()
    central = []
    for found in sorted(members, key=lambda item: item.path):
        name = found.path.encode()
        method = 8 if found.deflated else 0
        common = (FLAGS, method, 0, DATE, found.checksum, len(found.data), found.size, len(name), 0)
        mode = (0o100755 if found.executable else 0o100644) << 16
        central.append(_CENTRAL.pack(b"PK\1\2", 3 << 8 | 20, 20, *common, 0, 0, 0, mode, _offset(out.tell())) + name)
        out.write(_LOCAL.pack(b"PK\3\4", 20, *common) + name)
        out.write(found.data)
    start, directory = out.tell(), b"".join(central)
    if len(central) > 65_534:
        raise TooLarge(
            f"the bundle has {len(central)} files, but a zip holds at most 65534: leave files out by [tool.portable] exclude"
        )
    out.write(directory)
    out.write(_END.pack(b"PK\5\6", 0, 0, len(central), len(central), len(directory), _offset(start), 0))
    return out.getvalue()


def members(blob: bytes) -> Mapping[str, Member]:
    """Return the members of a zip that `archive` made, by path."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(blob)) as opened:
        for entry in opened.infolist():
            start = entry.header_offset + _LOCAL.size + len(entry.filename.encode())
            data = blob[start : start + entry.compress_size]
            found[entry.filename] = Member(
                entry.filename,
                data,
                entry.compress_type == zipfile.ZIP_DEFLATED,
                entry.CRC,
                entry.file_size,
                bool(entry.external_attr >> 16 & 0o100),
            )
    return found


def _offset(position: int) -> int:
    if position > 0xFFFF_FFFE:
        raise TooLarge("the bundle is larger than 4 GiB: leave files out by [tool.portable] exclude")
    return position
