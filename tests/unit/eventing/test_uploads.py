"""Files of forms: a small one is in memory, a large one in a temporary file that is gone with the request."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import threading
import tracemalloc
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples

from portable.eventing import spooled
from portable.eventing.forms import Form
from portable.eventing.request import Request
from portable.eventing.uploads import SPOOLED, UploadedFile, uploaded

LARGE = bytes(range(256)) * 8192  # 2 MiB


def posted(*contents: bytes) -> Request:
    head = b'\r\nContent-Disposition: form-data; name="f"; filename="x.bin"\r\n\r\n'
    body = b"".join(b"\r\n--edge" + head + content for content in contents) + b"\r\n--edge--"
    return Request("POST", "/", "", {"content-type": "multipart/form-data; boundary=edge"}, body)


def opened() -> int:
    """Return how many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


def test_a_file_tells_its_size_and_is_read_in_each_way() -> None:
    file = UploadedFile("a.txt", "text/plain", b"hello")
    assert (file.filename, file.content_type, file.size) == ("a.txt", "text/plain", 5)
    assert file.read() == file.content == file.open().read() == b"hello"
    with pytest.raises(AttributeError):
        file.filename = "b.txt"  # type: ignore[misc]


@pytest.mark.parametrize("content", [b"", b"abc", LARGE], ids=["empty", "small", "large"])
def test_a_file_is_a_value_wherever_its_bytes_are(content: bytes) -> None:
    file = uploaded("a", "image/png", memoryview(content))
    assert file == UploadedFile("a", "image/png", content)
    assert hash(file) == hash(UploadedFile("a", "image/png", content))
    assert file != UploadedFile("b", "image/png", content)
    assert file != UploadedFile("a", "image/png", content + b"x")
    assert copy.deepcopy(file) == pickle.loads(pickle.dumps(file)) == file
    assert file != content


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files by /proc, which only Linux has")
def test_a_large_file_is_on_disk_until_nothing_refers_to_it() -> None:
    gc.collect()
    before = opened()
    request = posted(LARGE, b"small", LARGE)
    form: Form | None = request.form()
    assert form is not None
    assert opened() == before + 2
    reader = form.file("f").open()
    assert [len(file.read()) for file in form.getlist("f") if not isinstance(file, str)] == [len(LARGE), 5, len(LARGE)]
    del request, form
    assert opened() == before + 1
    assert reader.read() == LARGE  # who has opened it can still read it
    del reader
    gc.collect()
    assert opened() == before


def test_a_large_file_is_not_in_memory_a_second_time() -> None:
    request = posted(b"warm")
    request.form()
    request = posted(LARGE * 2)
    tracemalloc.start()
    try:
        with request.form().file("f").open() as file:
            count = sum(len(chunk) for chunk in iter(lambda: file.read(65_536), b""))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 2 * len(LARGE)
    assert peak < SPOOLED


def test_the_limit_itself_is_still_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr(spooled, "Spooled", lambda content: made.append(len(content)) or bytes(content))
    posted(b"x" * SPOOLED).form()
    posted(b"x" * (SPOOLED + 1)).form()
    assert made == [SPOOLED + 1]


def test_a_host_without_a_place_for_files_keeps_them_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spooled, "TemporaryFile", full)
    file = posted(LARGE).form().file("f")
    assert (file.size, file.read() == LARGE) == (len(LARGE), True)


@given(
    st.lists(st.tuples(st.sampled_from(["read", "seek", "from here", "from end"]), st.integers(-300_000, 2_200_000)))
)
@examples(30)
def test_a_reader_of_a_large_file_is_a_file_like_any_other(steps: list[tuple[str, int]]) -> None:
    mine, theirs = uploaded("a", "b/c", memoryview(LARGE)).open(), TemporaryFile()  # noqa: SIM115 - it is closed below
    theirs.write(LARGE)
    theirs.seek(0)
    for step, number in steps:
        if step == "read":
            assert mine.read(abs(number) % 5000) == theirs.read(abs(number) % 5000)
            continue
        whence = {"seek": 0, "from here": 1, "from end": 2}[step]
        try:
            theirs.seek(number, whence)
        except OSError:
            with pytest.raises(OSError, match="Invalid argument"):
                mine.seek(number, whence)
        else:
            mine.seek(number, whence)
        assert mine.tell() == theirs.tell()
    assert mine.read() == theirs.read()
    theirs.close()


def test_readers_in_several_threads_do_not_move_each_other() -> None:
    file = uploaded("a", "b/c", memoryview(LARGE))
    found: list[bool] = []

    def read() -> None:
        with file.open() as own:
            found.append(b"".join(iter(lambda: own.read(1000), b"")) == LARGE)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 4


PIECE = st.sampled_from([b"\r\n--edge", b"--edge", b"--edge--", b"\r\n", b"\r\n\r\n", b"--", b"x", b'a: b; name="n"'])
HEAD = b'Content-Disposition: form-data; name="n"; filename="f"'


@given(st.lists(PIECE | st.just(HEAD) | st.binary(max_size=6), max_size=14))
@examples(200)
def test_parts_are_what_stands_between_the_lines_of_the_boundary(pieces: list[bytes]) -> None:
    """The reference is the plain rule: split at line break, two dashes and boundary."""
    body = b"".join([b"--edge\r\n", HEAD, b"\r\n\r\n", *pieces, b"\r\n--edge--"])
    parts = (b"\r\n" + body).split(b"\r\n--edge")[1:-1]
    request = Request("POST", "/", "", {"content-type": "multipart/form-data; boundary=edge"}, body)
    try:
        found = [value.read() for value in request.form().getlist("n") if isinstance(value, UploadedFile)]
    except Exception as error:
        assert type(error).__name__ == "InvalidInput"  # noqa: PT017 - any other error would be a 500
        return
    heads = [part.partition(b"\r\n\r\n") for part in parts]
    assert found == [content for head, _, content in heads if b"filename" in head]
