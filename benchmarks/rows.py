"""One measured line of the table."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """What was measured, the figure, the bar it must reach ("" for a peer shown beside) and whether it did."""

    what: str
    measured: str
    bar: str
    ok: bool


def ratio(what: str, ours: float, base: float, bar: float, unit: float = 1000, name: str = "ms") -> Row:
    """Return a row that compares two times in seconds."""
    found = ours / base
    measured = f"{found:.2f}x ({ours * unit:.2f} {name} against {base * unit:.2f} {name})"
    return Row(what, measured, f"<= {bar:.2f}x", found <= bar)
