"""One request costs what its bytes cost: nothing grows with the square, and what has no end has a limit."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import process_time
from typing import Any

import pytest

from portable.errors import InvalidInput
from portable.eventing.content import CHARSETS, parameters
from portable.eventing.forms import MAX_FIELDS, MAX_HEAD, MAX_PARTS
from portable.eventing.multidict import MultiMap, join_headers
from portable.eventing.request import Request


class Walked(list[Any]):
    """Pairs that count how often they were walked through."""

    walks = 0

    def __iter__(self) -> Iterator[Any]:
        self.walks += 1
        return super().__iter__()


def test_reading_every_key_of_a_mapping_walks_its_pairs_once() -> None:
    pairs = Walked((f"k{number}", number) for number in range(1000))
    found = MultiMap(pairs)
    assert dict(found.items()) == {key: found[key] for key in found}
    assert found.values() == [found.getlist(key)[0] for key in found]
    assert [key in found for key in found] == [True] * len(found)
    assert pairs.walks == 1


def form(media_type: str, body: bytes) -> Any:
    return Request("POST", "/", "", {"content-type": media_type}, body).form()


def multipart(count: int, head: str = 'name="a"') -> bytes:
    part = f"--b\r\ncontent-disposition: form-data; {head}\r\n\r\n\r\n".encode()
    return part * count + b"--b--\r\n"


def headers(count: int) -> Any:
    return join_headers([("x-a", "1")] * count)


COSTS: dict[str, Callable[[int], Any]] = {
    "quotes": lambda n: parameters('a; name="' + '\\"' * n + '"'),
    "semicolons": lambda n: parameters("a" + ";" * n + "b=c"),
    "parameters": lambda n: parameters("a" + "; b=c" * n),
    "open quotes": lambda n: parameters('a; b="' * n),
    "repeated headers": headers,
    "cookies": lambda n: Request("GET", "/", "", {"cookie": "a=1;" * n}).cookies,
    "query": lambda n: dict(Request("GET", "/", "a=%41&" * n).query.items()),
    "fields": lambda n: dict(
        form("application/x-www-form-urlencoded", b"&".join(b"k%d=v" % i for i in range(n))).items()
    ),
    "parts": lambda n: form("multipart/form-data; boundary=b", multipart(n)),
    "dashes": lambda n: form("multipart/form-data; boundary=" + "-" * 60, b"-" * n + b"\r\n--" + b"-" * 60 + b"--"),
}


@pytest.mark.parametrize("name", COSTS)
def test_eight_times_the_bytes_cost_about_eight_times(name: str) -> None:
    """The square would be 64 times; the margin and the three tries are for the noise of a busy machine."""

    def cost(n: int) -> float:
        def once() -> float:
            began = process_time()
            with suppress(InvalidInput):
                COSTS[name](n)
            return process_time() - began

        return min(once() for _ in range(3))

    cost(100)
    assert any(cost(16_000) <= 28 * max(cost(2_000), 2e-4) for _ in range(3))


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"a&" * MAX_FIELDS + b"a", 413),
        ("multipart/form-data; boundary=b", multipart(MAX_PARTS + 1), 413),
        ("multipart/form-data; boundary=b", multipart(1, f'name="a"\r\nx: {"y" * MAX_HEAD}'), 400),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"x" * (MAX_HEAD + 10) + b"\r\n--b--", 400),
        ("multipart/form-data; boundary=" + "b" * 71, b"", 400),
        (
            "multipart/form-data; boundary=b; charset=x",
            multipart(1, 'name="a"\r\ncontent-type: text/plain; charset=idna'),
            415,
        ),
    ],
)
def test_a_form_over_a_limit_is_the_clients_fault(media_type: str, body: bytes, status: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        form(media_type, body)
    assert caught.value.status == status


def test_a_form_at_the_limits_is_read() -> None:
    assert len(form("application/x-www-form-urlencoded", b"a&" * (MAX_FIELDS - 1) + b"b").multi_items()) == MAX_FIELDS
    assert len(form("multipart/form-data; boundary=b", multipart(MAX_PARTS)).multi_items()) == MAX_PARTS


@pytest.mark.parametrize("charset", sorted(CHARSETS))
def test_every_charset_of_the_list_is_one_that_python_reads(charset: str) -> None:
    assert codecs.lookup(charset)._is_text_encoding
    assert Request("POST", "/", "", {"content-type": f"text/plain; charset={charset.upper()}"}, b"").text() == ""


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "utf-7", "unicode_escape", "raw_unicode_escape", "rot13", "hex", "x" * 9]
)
def test_another_charset_is_415_and_is_not_remembered(charset: str) -> None:
    asked: list[str] = []
    codecs.register(asked.append)
    try:
        with pytest.raises(InvalidInput) as caught:
            Request("POST", "/", "", {"content-type": f"text/plain; charset={charset}"}, b"abc").text()
    finally:
        codecs.unregister(asked.append)
    assert (caught.value.status, asked) == (415, [])
