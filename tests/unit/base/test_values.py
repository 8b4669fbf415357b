"""The frozen base of declared values."""

from __future__ import annotations

import copy
import pickle
from typing import ClassVar

import pytest

from portable.base.values import Value, replace


class Pair(Value):
    kind: ClassVar[str] = "pair"
    first: int
    second: str = "two"


class Triple(Pair):
    third: int = 3


class Other(Value):
    first: int
    second: str = "two"


def test_fields_are_given_by_place_or_name_and_defaults_fill_the_rest() -> None:
    assert (Pair(1).first, Pair(1).second, Pair(second="x", first=2).second) == (1, "two", "x")
    assert Triple(1, "b", 4).third == 4
    assert Triple._fields == ("first", "second", "third")
    assert repr(Pair(1)) == "Pair(first=1, second='two')"


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), ((1, "a", 2), {}), ((1,), {"first": 1}), ((1,), {"third": 1}), ((1,), {"kind": "x"})],
)
def test_missing_repeated_and_unknown_fields_are_refused(args: tuple[object, ...], kwargs: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="Pair"):
        Pair(*args, **kwargs)  # type: ignore[arg-type]


def test_values_are_equal_when_type_and_fields_are() -> None:
    assert Pair(1) == Pair(1, "two")
    assert Pair(1) != Pair(2)
    assert Pair(1) != Other(1)
    assert Pair(1) != Triple(1)
    assert len({Pair(1), Pair(1, "two"), Other(1), Triple(1)}) == 3


def test_values_are_frozen() -> None:
    pair = Pair(1)
    for name in ("first", "second", "new"):
        with pytest.raises(AttributeError, match="frozen"):
            setattr(pair, name, 5)
        with pytest.raises(AttributeError, match="frozen"):
            delattr(pair, name)


def test_replace_changes_a_copy() -> None:
    pair = Pair(1)
    assert replace(pair, second="x") == Pair(1, "x")
    assert pair == Pair(1)
    with pytest.raises(TypeError):
        replace(pair, nothing=1)


def test_values_are_copied_and_pickled() -> None:
    for value in (Pair(1), Triple(1, "x", 9)):
        assert copy.copy(value) == value
        assert copy.deepcopy(value) == value
        assert pickle.loads(pickle.dumps(value)) == value
        assert hash(copy.copy(value)) == hash(value)
