import pytest
from hypothesis import given
from searches import examples

from portable.conformance.table_queries import conditions
from portable.errors import Conflict
from portable.persistence.query import Condition, compare, field, matches, same
from portable.persistence.table import Table
from portable.persistence.writes import Delete, Put, Require, Update, outcome

TABLE = Table("catalog", key="id")
KEY = ("a", None)


@examples(100)
@given(conditions)
def test_negation_is_the_opposite_for_every_row(condition: Condition) -> None:
    for row in ({}, {"a": 1}, {"a": "1", "b": None}, {"a": [1], "b": True, "name": "row-1"}):
        assert matches(~condition, row) is (not matches(condition, row))
        assert matches(~~condition, row) is matches(condition, row)


def test_true_is_not_one_but_one_point_zero_is() -> None:
    assert same(1, 1.0)
    assert not same(1, True)
    assert not same([1], [True])
    assert same({"a": [1, {"b": 2.0}]}, {"a": [1.0, {"b": 2}]})
    assert not same("1", 1)
    assert not compare(True, ">=", 0)
    assert not compare(None, "<=", 1)
    assert compare(2**53 + 1, ">", float(2**53))


def test_a_condition_cannot_be_used_with_and_or_not() -> None:
    with pytest.raises(TypeError, match=r"& \| ~"):
        _ = field("a") == 1 and field("b") == 2
    with pytest.raises(TypeError, match="parentheses"):
        _ = (field("a") == 1) & 5  # type: ignore[operator]
    with pytest.raises(TypeError):
        _ = 1 < field("a") < 3


def test_conditions_are_values() -> None:
    assert (field("a") == 1) == (field("a") == 1)
    assert hash((field("a") == 1) & ~field("b").exists()) == hash((field("a") == 1) & ~field("b").exists())
    assert (field("a") != 1) == ~(field("a") == 1)


def test_each_write_has_one_outcome() -> None:
    stored = {"id": "a", "n": 1}
    assert outcome(TABLE, Put(KEY, None, {"id": "a"}), stored) == {"id": "a"}
    assert outcome(TABLE, Delete(KEY), stored) is None
    assert outcome(TABLE, Require(KEY, field("n") == 1), stored) == stored
    assert outcome(TABLE, Update(KEY, None, {"m": 2}, ("n", "x"), {"k": 3}, {"l": [1]}), stored) == {
        "id": "a", "m": 2, "k": 3, "l": [1],
    }  # fmt: skip
    assert stored == {"id": "a", "n": 1}
    with pytest.raises(Conflict, match="table \"catalog\", row 'a': the condition is false"):
        outcome(TABLE, Delete(KEY, field("n") == 2), stored)
