"""A parameter of an alias that nothing is given for stands for its default, as a type checker reads it."""

from __future__ import annotations

from typing import Any

import pytest
from typing_extensions import TypeAliasType, TypeVar

from portable.tooling.app.aliases import expand

T = TypeVar("T")
D = TypeVar("D", default=int)
Many = TypeAliasType("Many", list[D], type_params=(D,))
Pair = TypeAliasType("Pair", dict[T, Many[D]], type_params=(T, D))  # type: ignore[valid-type,misc]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Many, list[int]),
        (Many[str], list[str]),
        (list[Many], list[list[int]]),
        (Pair[str], dict[str, list[int]]),  # type: ignore[misc]
        (Pair[str, bytes], dict[str, list[bytes]]),
    ],
)
def test_a_parameter_that_is_not_given_is_its_default(kind: Any, told: Any) -> None:
    assert expand(kind) == told
