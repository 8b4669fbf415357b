"""Ranges and conditional requests, as RFC 9110 has them: of whole responses, files, and objects of a bucket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples

from portable.errors import HTTPError
from portable.eventing.conditions import http_date, part, read_date
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.storage.bucket import Bucket
from portable.testing import memory

MADE = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
BODY = bytes(range(100))


def asked(method: str = "GET", **headers: str) -> Request:
    return Request(method, "/", "", [(name.replace("_", "-"), value) for name, value in headers.items()])


def found(**headers: str) -> Any:
    return part(asked(**headers), '"a"', MADE, 100)


@pytest.mark.parametrize(
    ("header", "status", "start", "stop"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=10-19", 206, 10, 20),
        ("bytes=90-", 206, 90, 100),
        ("bytes=90-1000", 206, 90, 100),
        ("bytes=-7", 206, 93, 100),
        ("bytes=-1000", 206, 0, 100),
        ("BYTES = 5-6", 206, 5, 7),
        ("bytes=0-4, 5-9", 206, 0, 10),
        ("bytes=20-29,10-25", 206, 10, 30),
        ("bytes=0-4,200-300", 206, 0, 5),
        ("bytes=0-4,10-14", 200, 0, 100),
        ("bytes=9-3", 200, 0, 100),
        ("bytes=a-b", 200, 0, 100),
        ("bytes=-", 200, 0, 100),
        ("bytes=1", 200, 0, 100),
        ("bytes=", 200, 0, 100),
        ("bytes=0-1,", 200, 0, 100),
        ("items=0-1", 200, 0, 100),
        ("bytes=0-99999999999999999999", 200, 0, 100),
        ("bytes=+1-2", 200, 0, 100),
        ("bytes=1-2,-", 200, 0, 100),
        ("bytes=" + ",".join(["0-0"] * 101), 200, 0, 100),
    ],
)
def test_a_range_is_one_part_or_everything(header: str, status: int, start: int, stop: int) -> None:
    wanted = found(range=header)
    assert (wanted.status, wanted.start, wanted.stop) == (status, start, stop)


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=500-600,700-"])
def test_a_range_outside_is_a_416_that_tells_the_size(header: str) -> None:
    with pytest.raises(HTTPError) as told:
        found(range=header)
    assert (told.value.status, told.value.headers) == (416, {"content-range": "bytes */100"})


@given(
    st.lists(st.tuples(st.integers(0, 120) | st.none(), st.integers(0, 120) | st.none()), min_size=1, max_size=4),
    st.integers(0, 110),
)
@examples(300)
def test_what_is_sent_covers_what_is_asked_for_and_no_more(
    spans: list[tuple[int | None, int | None]], size: int
) -> None:
    header = "bytes=" + ",".join(f"{'' if a is None else a}-{'' if b is None else b}" for a, b in spans)
    valid = all((a, b) != (None, None) and (a is None or b is None or a <= b) for a, b in spans)
    wanted_bytes: set[int] = set()
    for a, b in spans:
        first, last = (
            (size - min(b or 0, size), size - 1) if a is None else (a, size - 1 if b is None else min(b, size - 1))
        )
        wanted_bytes |= set(range(first, last + 1))
    if valid and not wanted_bytes:
        with pytest.raises(HTTPError):
            part(asked(range=header), None, None, size)
        return
    wanted = part(asked(range=header), None, None, size)
    sent = set(range(wanted.start, wanted.stop))
    if wanted.status == 206:
        assert valid
        assert sent == wanted_bytes
    else:
        assert (wanted.status, sent) == (200, set(range(size)))
        assert not valid or max(wanted_bytes) - min(wanted_bytes) + 1 > len(wanted_bytes)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_none_match": '"a"'}, 304),
        ({"if_none_match": 'W/"a"'}, 304),
        ({"if_none_match": '"x", "a"'}, 304),
        ({"if_none_match": '"x,y", W/"z"'}, 200),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": "a"}, 200),
        ({"if_none_match": '"b"', "if_modified_since": http_date(MADE)}, 200),
        ({"if_modified_since": http_date(MADE)}, 304),
        ({"if_modified_since": http_date(MADE + timedelta(days=1))}, 304),
        ({"if_modified_since": http_date(MADE - timedelta(seconds=1))}, 200),
        ({"if_modified_since": "yesterday"}, 200),
        ({"if_match": '"a"'}, 200),
        ({"if_match": "*"}, 200),
        ({"if_match": 'W/"a"'}, 412),
        ({"if_match": '"b"'}, 412),
        ({"if_match": '"a"', "if_unmodified_since": http_date(MADE - timedelta(days=1))}, 200),
        ({"if_unmodified_since": http_date(MADE)}, 200),
        ({"if_unmodified_since": http_date(MADE - timedelta(seconds=1))}, 412),
        ({"if_none_match": '"a"', "range": "bytes=0-1"}, 304),
        ({"range": "bytes=0-1", "if_range": '"a"'}, 206),
        ({"range": "bytes=0-1", "if_range": '"b"'}, 200),
        ({"range": "bytes=0-1", "if_range": 'W/"a"'}, 200),
        ({"range": "bytes=500-", "if_range": '"b"'}, 200),
        ({"range": "bytes=0-1", "if_range": http_date(MADE)}, 206),
        ({"range": "bytes=0-1", "if_range": http_date(MADE + timedelta(days=1))}, 200),
        ({"method": "HEAD", "range": "bytes=0-1"}, 200),
        ({"method": "HEAD", "if_none_match": '"a"'}, 304),
        ({"method": "PUT", "if_none_match": "*"}, 412),
        ({"method": "PUT", "range": "bytes=0-1"}, 200),
    ],
)
def test_conditions_have_the_order_of_the_standard(headers: dict[str, str], status: int) -> None:
    try:
        told = found(**headers).status
    except HTTPError as error:
        told = error.status
    assert told == status


def test_a_weak_etag_matches_weakly_only() -> None:
    assert part(asked(if_none_match='"a"'), 'W/"a"', None, 9).status == 304
    with pytest.raises(HTTPError):
        part(asked(if_match='W/"a"'), 'W/"a"', None, 9)
    assert part(asked(range="bytes=0-1", if_range='W/"a"'), 'W/"a"', None, 9).status == 200


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))
@examples(40)
def test_a_date_comes_back_in_whole_seconds(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)
    assert read_date(http_date(moment)) == moment.replace(microsecond=0)


def test_a_whole_response_gets_an_etag_of_its_bytes() -> None:
    first = Response(BODY, media_type="image/png").conditional(asked())
    etag = first.header("etag") or ""
    assert (first.status, first.body, first.header("accept-ranges")) == (200, BODY, "bytes")
    again = (
        Response(BODY, headers={"cache-control": "max-age=9"})
        .set_cookie("a", "1")
        .conditional(asked(if_none_match=etag))
    )
    assert (again.status, again.body, again.header("content-type")) == (304, b"", None)
    assert (again.header("etag"), again.header("cache-control"), len(again.cookies)) == (etag, "max-age=9", 1)
    ranged = Response(BODY).conditional(asked(range="bytes=10-19"))
    assert (ranged.status, ranged.body) == (206, BODY[10:20])
    assert ranged.header("content-range") == "bytes 10-19/100"
    assert Response.text("grüße").conditional(asked(range="bytes=2-3")).body == "ü".encode()
    assert Response(b"no", 404).conditional(asked(range="bytes=0-0")).status == 404
    assert Response(BODY).conditional(asked("POST", range="bytes=0-0")).status == 200


def test_a_file_is_sent_in_parts_and_known_by_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(BODY)
    whole = Response.file(file, asked())
    assert (whole.header("content-type"), whole.header("content-length"), whole.body) == ("image/png", "100", BODY)
    etag = whole.header("etag") or ""
    assert Response.file(file, asked(if_none_match=etag)).status == 304
    ranged = Response.file(str(file), asked(range="bytes=-3"), "text/plain", {"x-a": "1"})
    assert (ranged.status, ranged.body, ranged.header("x-a")) == (206, BODY[-3:], "1")
    assert ranged.header("content-type") == "text/plain"
    head = Response.file(file, asked("HEAD"))
    assert (head.body, head.header("content-length")) == (b"", "100")
    file.write_bytes(BODY[::-1])
    assert Response.file(file, asked(if_none_match=etag)).status == 200
    for missing in (tmp_path / "b", tmp_path):
        with pytest.raises(HTTPError) as told:
            Response.file(missing, asked())
        assert told.value.status == 404


class Counted:
    """A reader that notes what was read of an object."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.read: list[Any] = []

    def get(self, key: str, range: Any = None, if_match: str | None = None) -> bytes:  # noqa: A002
        self.read.append(range)
        found: bytes = self.store.get(key, range, if_match)
        return found


class Signer:
    """Signs nothing, but says for what."""

    def signed_url(self, key: str, expires: int = 3600) -> str:
        return f"https://store.example/{key}?for={expires}"


@pytest.fixture
def store() -> Any:
    found: Any = memory(Bucket("photos"))
    found.put("a", BODY, content_type="image/png")
    return found


def test_only_the_range_of_an_object_is_read(store: Any) -> None:
    info, reader = store.head("a"), Counted(store)
    ranged = Response.object(info, reader, asked(range="bytes=10-19"), headers={"cache-control": "private"})
    assert reader.read == []
    assert (ranged.status, ranged.body, ranged.header("content-range")) == (206, BODY[10:20], "bytes 10-19/100")
    assert (ranged.header("content-type"), ranged.header("content-length")) == ("image/png", "10")
    assert (ranged.header("etag"), ranged.header("cache-control")) == (f'"{info.etag}"', "private")
    assert ranged.header("last-modified") == http_date(info.modified_at)
    assert reader.read == [(10, 20)]
    assert Response.object(info, reader, asked(if_none_match=f'"{info.etag}"')).status == 304
    assert Response.object(info, reader, asked("HEAD")).header("content-length") == "100"
    assert reader.read == [(10, 20)]
    assert Response.object(info, reader, asked()).body == BODY
    assert reader.read == [(10, 20), None]
    with pytest.raises(HTTPError):
        Response.object(info, reader, asked(range="bytes=100-"))


def test_a_large_object_is_read_in_parts_of_one_version(store: Any) -> None:
    large = bytes(9 * 1024 * 1024)
    store.put("large", large)
    info, reader = store.head("large"), Counted(store)
    chunks = Response.object(info, reader, asked()).chunks
    assert chunks is not None
    assert sum(map(len, chunks)) == len(large)
    assert [stop - start for start, stop in reader.read] == [4 << 20, 4 << 20, 1 << 20]
    chunks = Response.object(info, reader, asked()).chunks
    assert chunks is not None
    next(chunks)
    store.put("large", b"new")
    with pytest.raises(HTTPError) as told:
        next(chunks)
    assert told.value.status == 503
    store.delete("large")
    with pytest.raises(HTTPError) as told:
        _ = Response.object(info, reader, asked()).body
    assert told.value.status == 404


def test_what_is_too_large_is_a_redirect_but_its_ranges_are_not(store: Any) -> None:
    def sent(request: Request, largest: int | None = 50) -> Response:
        from portable.eventing.response import to_response

        return to_response(Response.object(store.head("a"), store, request, Signer(), largest, 60))

    redirect = sent(asked())
    assert (redirect.status, redirect.header("location")) == (307, "https://store.example/a?for=60")
    assert redirect.header("cache-control") == "no-store"
    assert (sent(asked(range="bytes=0-9")).status, sent(asked(), None).body) == (206, BODY)
    assert sent(asked(range="bytes=0-60")).status == 307


def test_an_empty_object_has_a_body_of_no_bytes(store: Any) -> None:
    store.put("empty", b"")
    reply = Response.object(store.head("empty"), store, asked())
    assert (reply.status, reply.header("content-length"), reply.body) == (200, "0", b"")


def test_an_object_of_a_media_type_that_http_forbids_is_sent_as_octets(store: Any) -> None:
    store.put("a", BODY, content_type="image/a@b")  # a store takes it, and whoever uploads chooses it
    reply = Response.object(store.head("a"), store, asked())
    assert (reply.status, reply.header("content-type"), reply.body) == (200, "application/octet-stream", BODY)
