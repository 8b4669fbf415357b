"""Python source of values is the same value again, and long data stand beside it."""

from __future__ import annotations

import datetime
import decimal

from portable.tooling.dev.dashboard.replays.literals import Beside, literal

AT = datetime.datetime(2026, 1, 31, tzinfo=datetime.UTC)


def test_a_value_as_source_is_the_same_value() -> None:
    whole = [{"at": AT, "total": decimal.Decimal("1.5"), "data": b"x", "none": None, "both": (1,)}] * 3
    for value in (whole, whole[0], {}, "a", {"Decimal(": [decimal.Decimal(2)]}):
        assert eval(literal(value), {"datetime": datetime, "decimal": decimal}) == value


def test_long_values_have_each_part_on_a_line() -> None:
    assert literal([{"number": 1, "text": "x" * 60}, {"number": 2, "text": "y" * 60}]).splitlines() == [
        "[",
        f"    {{'number': 1, 'text': '{'x' * 60}'}},",
        f"    {{'number': 2, 'text': '{'y' * 60}'}},",
        "]",
    ]


def test_long_data_are_files_which_are_told_apart() -> None:
    beside = Beside()
    assert beside.data(b"short", "sent") == "b'short'"
    assert beside.data(b"\xff" * 100, "sent") == "(DATA / 'sent.bin').read_bytes()"
    assert beside.data(b"\xfe" * 100, "sent") == "(DATA / 'sent-2.bin').read_bytes()"
    assert beside.data(b"\xff" * 100, "sent") == "(DATA / 'sent.bin').read_bytes()", "the same data are one file"
    assert beside.decoded(b"[%s1]" % (b"1," * 300), [1] * 301, "answered").startswith("json.loads((DATA")
    assert set(beside.files) == {"sent.bin", "sent-2.bin", "answered.json"}
