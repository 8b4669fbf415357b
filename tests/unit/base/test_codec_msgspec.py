"""What was read from JSON is written whole: msgspec alone leaves out the fields that it left to their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import msgspec
import pytest

from portable.base.codec import Codec
from portable.base.codec_msgspec import completed
from portable.persistence.table import Index, Table
from portable.testing import memory


@dataclass(frozen=True)
class Line:
    sku: str = "none"
    count: int = 1


class Box(msgspec.Struct):
    line: Line


@dataclass
class Sale:
    kinds: ClassVar[int] = 3
    id: str
    state: str = "open"
    note: str | None = None
    lines: list[Line] = field(default_factory=list)
    by_name: dict[str, Line] = field(default_factory=dict)
    box: Box | None = None
    lent: Line = Line()


@dataclass(slots=True)
class Slim:
    id: str
    state: str = "open"


SENT = b'{"id": "1", "lines": [{}], "by_name": {"a": {"count": 2}}, "box": {"line": {}}}'
WHOLE = {
    "id": "1",
    "state": "open",
    "note": None,
    "lines": [{"sku": "none", "count": 1}],
    "by_name": {"a": {"sku": "none", "count": 2}},
    "box": {"line": {"sku": "none", "count": 1}},
    "lent": {"sku": "none", "count": 1},
}


def test_plain_values_and_json_hold_each_field_at_any_depth() -> None:
    codec = Codec(Sale)
    assert codec.to_plain(codec.decode(SENT)) == WHOLE
    assert msgspec.json.decode(codec.encode(codec.decode(SENT))) == WHOLE


def test_what_was_made_in_python_is_written_the_same() -> None:
    made = Sale("1", lines=[Line()], by_name={"a": Line(count=2)}, box=Box(Line()))
    assert Codec(Sale).to_plain(made) == WHOLE


@pytest.mark.parametrize("kind", [Sale, Slim])
def test_a_row_that_came_in_a_request_is_found_by_an_index_on_a_default(kind: type) -> None:
    sales = memory(Table("sales", key="id", row=kind, indexes=[Index("by-state", key="state")]))
    sales.put(Codec(kind).decode(b'{"id": "1"}'))
    assert [row.id for row in sales.query("open", index="by-state")] == ["1"]


def test_a_value_that_holds_itself_ends() -> None:
    line: list[object] = []
    line.append(line)
    assert completed(line) is line
