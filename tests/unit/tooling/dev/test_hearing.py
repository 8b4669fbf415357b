"""What a handler prints is noted with its call, line by line, and printed."""

from __future__ import annotations

import io

from portable.tooling.dev.hearing import Prints
from portable.tooling.dev.live import Live, active


def test_what_a_handler_prints_is_noted_line_by_line() -> None:
    stream = io.StringIO()
    live = Live("schedule", "nightly", None, None)
    token = active.set(live)
    try:
        print("one", "two", file=Prints(stream))  # type: ignore[arg-type]
        print("three\nfour", end="", file=Prints(stream))  # type: ignore[arg-type]
    finally:
        active.reset(token)
    print("outside", file=Prints(stream))  # type: ignore[arg-type]
    assert [(line.level, line.text) for line in live.logs] == [("PRINT", "one two"), ("PRINT", "three")]
    assert live.partial == "four"
    assert stream.getvalue() == "one two\nthree\nfouroutside\n"
