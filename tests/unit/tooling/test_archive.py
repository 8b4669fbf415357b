"""The zip is reproducible and any reader can read it."""

from __future__ import annotations

import io
import random
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from portable.tooling.archive import PIECE, archive, members, members_of
from portable.tooling.cache import pack, unpack

PATHS = st.text("abc/.é", min_size=1, max_size=8).map(lambda text: text.strip("/") or "x")
FILES = st.dictionaries(PATHS, st.binary(max_size=2000))


@given(FILES)
def test_every_file_comes_back_from_the_zip(files: dict[str, bytes]) -> None:
    blob = archive(members_of(files, ()).values())
    with zipfile.ZipFile(io.BytesIO(blob)) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == files
        assert opened.namelist() == sorted(files)


def test_a_file_of_several_pieces_is_one_stream() -> None:
    """A piece may refer to the one before it, so the halves of what repeats cost one."""
    text = random.Random(1).randbytes(20_000)
    once, more = text * (PIECE // len(text)), text * (2 * PIECE // len(text) + 1)
    files = {"exact": (more * 2)[: 2 * PIECE], "more": more, "once": once}
    blob = archive(members_of(files, ()).values())
    with zipfile.ZipFile(io.BytesIO(blob)) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == files
        assert opened.getinfo("more").compress_size < 1.5 * len(text) + PIECE // 50


@given(FILES, st.randoms())
def test_the_same_files_in_any_order_are_the_same_bytes(files: dict[str, bytes], order: random.Random) -> None:
    shuffled = list(files.items())
    order.shuffle(shuffled)
    once = archive(members_of(files, ()).values())
    assert archive(members_of(dict(shuffled), ()).values()) == once
    assert archive(members(once).values()) == once


def test_times_and_modes_are_fixed() -> None:
    blob = archive(members_of({"a": b"x" * 100, "tool": b"y"}, {"tool"}).values())
    with zipfile.ZipFile(io.BytesIO(blob)) as opened:
        found = {entry.filename: (entry.date_time, oct(entry.external_attr >> 16)) for entry in opened.infolist()}
    assert found == {
        "a": ((1980, 1, 1, 0, 0, 0), "0o100644"),
        "tool": ((1980, 1, 1, 0, 0, 0), "0o100755"),
    }


@given(FILES)
def test_packed_files_come_back(files: dict[str, bytes]) -> None:
    assert unpack(pack(files)) == files
