"""Text of a path, query, header or cookie becomes the declared type, or a fault with its place."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import InvalidInput
from portable.eventing import convert


class Level(enum.IntEnum):
    NONE = 0
    SOME = 1
    ALSO = 1


class Word(enum.Enum):
    EMPTY = ""
    ONE = "one"
    NOTHING = None


@given(
    st.one_of(
        st.tuples(st.just(convert.integer), st.integers(-(10**100), 10**100)),
        st.tuples(st.just(convert.number), st.floats(allow_nan=False, allow_infinity=False)),
        st.tuples(st.just(convert.uuid), st.uuids()),
        st.tuples(st.just(convert.decimal), st.decimals(allow_nan=False, allow_infinity=False)),
        st.tuples(st.just(convert.moment), st.datetimes(timezones=st.timezones())),
        st.tuples(st.just(convert.day), st.dates()),
        st.tuples(st.just(convert.boolean), st.booleans()),
        st.tuples(st.just(convert.text), st.text()),
    )
)
def test_a_value_written_as_text_comes_back(case: tuple[Callable[[str, str], Any], Any]) -> None:
    decode, value = case
    found = decode(value.isoformat() if isinstance(value, (date, datetime)) else str(value), "query.x")
    if isinstance(value, datetime) and value.tzinfo is not None:
        assert found.utcoffset().total_seconds() == value.utcoffset().total_seconds()  # type: ignore[union-attr]
        assert found.replace(tzinfo=None) == value.replace(tzinfo=None)
    else:
        assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "decode",
    [convert.integer, convert.number, convert.uuid, convert.decimal, convert.moment, convert.day, convert.boolean],
)
@given(
    value=st.text()
    | st.sampled_from(["", " 1", "1 ", "1_0", "٣", "²", "nan", "inf", "-", "1e999", "9" * 5000, "\ud800"])
)
def test_any_text_is_converted_or_a_fault_with_its_place(decode: Callable[[str, str], Any], value: str) -> None:
    fault = None
    try:
        decode(value, "query.x")
    except InvalidInput as error:
        fault = error
    assert fault is None or (fault.status, fault.at) == (400, "query.x")


@pytest.mark.parametrize("value", ["", " 1", "1_0", "٣", "0x1", "1e3"])
def test_numbers_are_written_in_ascii_without_spaces(value: str) -> None:
    with pytest.raises(InvalidInput):
        convert.integer(value, "query.x")
    if value != "1e3":
        with pytest.raises(InvalidInput):
            convert.number(value, "query.x")
        with pytest.raises(InvalidInput):
            convert.decimal(value, "query.x")


def test_an_enum_is_read_by_value_then_by_name_also_when_it_is_false() -> None:
    level, word = convert.enumeration(Level), convert.enumeration(Word)
    assert [level(text, "q") for text in ("0", "1", "NONE", "SOME")] == [Level.NONE, Level.SOME, Level.NONE, Level.SOME]
    assert [word(text, "q") for text in ("", "one", "ONE", "NOTHING")] == [Word.EMPTY, Word.ONE, Word.ONE, Word.NOTHING]
    with pytest.raises(InvalidInput, match="must be one of 0, 1"):
        level("2", "q")


def test_a_literal_is_read_by_its_text() -> None:
    decode = convert.literal("a", 2, True)
    assert [decode(text, "q") for text in ("a", "2", "true")] == ["a", 2, True]
    with pytest.raises(InvalidInput, match="must be one of a, 2, true"):
        decode("True", "q")


def test_each_of_many_values_has_its_own_place() -> None:
    assert convert.many(convert.decimal)(["1", "2.5"], "query.x") == [Decimal(1), Decimal("2.5")]
    with pytest.raises(InvalidInput) as caught:
        convert.many(convert.uuid)([str(UUID(int=1)), "x"], "query.x")
    assert caught.value.at == "query.x[1]"


@pytest.mark.parametrize("value", ["2026-01-02T03:04:05", "2026-01-02 03:04", "2026-01-02", "20260102T030405.5"])
def test_a_moment_without_an_offset_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match="has no offset") as caught:
        convert.moment(value, "query.at")
    assert (caught.value.status, caught.value.at) == (400, "query.at")
