from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples

from portable.conformance.table_cases import key_texts, texts, values
from portable.errors import InvalidValue, TooLarge
from portable.persistence.encoding import from_json, key_text, page_position, page_token, to_json
from portable.persistence.memory import in_range
from portable.persistence.ordered import LAST, bounds, joined, ordered
from portable.persistence.query import same, sort
from portable.persistence.values import plain_row, plain_value
from portable_aws.runtime.persistence_items import attribute, item_of, row_of, value_of
from portable_gcp.runtime.persistence_documents import decoded, encoded

quick = examples(40)
rows = st.dictionaries(texts, values, max_size=5)


@quick
@given(values)
def test_a_plain_value_is_a_copy_that_is_equal(value: object) -> None:
    copy, size = plain_value("x", value)
    assert copy == value
    assert size > 0 or value in ("", b"")


@quick
@given(values)
def test_json_gives_back_every_value(value: object) -> None:
    assert same(from_json(to_json(value)), value)


@quick
@given(values)
def test_attribute_values_of_dynamodb_give_back_every_value(value: object) -> None:
    assert same(value_of(attribute(value)), value)
    assert value_of(attribute(value)) == value


@quick
@given(values)
def test_values_of_firestore_give_back_every_value(value: object) -> None:
    assert same(decoded(encoded(value)), value)


@quick
@given(rows)
def test_items_of_dynamodb_give_back_every_field(row: dict[str, object]) -> None:
    assert row_of(item_of(row, "ttl" if isinstance(row.get("ttl"), datetime) else None)) == row


@pytest.mark.parametrize(
    "number", ["1.10", "1E+5", "-0.5", "12345678901234567890.123456789012345678", "9E+125", "1E-130"]
)
def test_decimals_come_back_equal(number: str) -> None:
    value = Decimal(number)
    assert Decimal(str(value_of(attribute(value)))) == value
    assert from_json(to_json(value)) == value
    assert decoded(encoded(value)) == value


@quick
@given(key_texts, key_texts)
def test_ordered_text_sorts_as_text_does_by_bytes_and_by_utf16(left: str, right: str) -> None:
    for order in (lambda text: text.encode(), lambda text: text.encode("utf-16-be")):
        assert (order(ordered(left)) < order(ordered(right))) == (left.encode() < right.encode())
        assert (order(joined(left, "x")) < order(joined(right, "x"))) == (left.encode() < right.encode())
    assert "/" not in ordered(left)
    assert ordered(left) < LAST
    assert len(ordered(left).encode()) <= 2.34 * len(left.encode())


@quick
@given(key_texts, key_texts, key_texts)
def test_bounds_hold_exactly_the_range(value: str, bound: str, upper: str) -> None:
    for condition in (
        sort.eq(bound), sort.lt(bound), sort.le(bound), sort.gt(bound), sort.ge(bound), sort.between(bound, upper),
        sort.begins_with(bound), sort.begins_with(bound[:1]),
    ):  # fmt: skip
        low, high = bounds("p!", condition)
        assert (low <= joined("p", value) < high) == in_range(condition, value)
        assert (low <= joined("p", value, "more") < high) == in_range(condition, value)


@quick
@given(st.integers(-(2**53) + 1, 2**53 - 1), st.integers(-(2**53) + 1, 2**53 - 1))
def test_whole_numbers_sort_as_their_texts(left: int, right: int) -> None:
    assert (key_text(left) < key_text(right)) == (left < right)


def test_a_page_token_keeps_its_position() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert page_position(page_token("a/b", 5, at), 3, object) == ["a/b", 5, at]
    with pytest.raises(InvalidValue, match="page"):
        page_position(page_token("a"), 2)


def test_the_refusal_names_the_place() -> None:
    with pytest.raises(InvalidValue, match=r"row\.deep\[1\]\.x"):
        plain_value("row", {"deep": [1, {"x": float("nan")}]})
    deep: object = 1
    for _ in range(17):
        deep = [deep]
    with pytest.raises(InvalidValue, match="16 levels deep"):
        plain_value("x", deep)
    with pytest.raises(TooLarge, match="big: a row can have at most 399360 bytes"):
        plain_row({"id": "x", "big": "x" * 400_000})
