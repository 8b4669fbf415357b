"""What a handler prints is noted with its call, line by line, and printed."""

from __future__ import annotations

import io
import logging
from pathlib import Path

from portable.tooling.dev.hearing import Hearing, Prints
from portable.tooling.dev.live import Live, active, made


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


def test_a_failed_attempt_is_told_by_the_line_of_its_call_alone(tmp_path: Path) -> None:
    shown: list[tuple[str, str]] = []
    hearing = Hearing(tmp_path, lambda level, text: shown.append((level, text)))

    def log(name: str, level: int, text: str, error: Exception) -> None:
        hearing.emit(logging.LogRecord(name, level, "", 0, text, (), (type(error), error, None)))

    error = RuntimeError("full")
    live = Live("queue", "work", None, None)
    live.failed(error, tmp_path)
    token = made.set([live])
    try:
        log("portable", logging.WARNING, "work failed for message m at attempt 1 of 3", error)
        log("portable", logging.ERROR, "work gave up message m after 3 attempts", error)
        log("portable", logging.WARNING, "another fault", ValueError("of something else"))
        log("app", logging.WARNING, "logged by the app", error)
    finally:
        made.reset(token)
    log("portable", logging.WARNING, "of no call", error)
    assert shown == [
        ("ERROR", "work gave up message m after 3 attempts"),
        ("WARNING", "another fault\nValueError('of something else')"),
        ("WARNING", "logged by the app\nRuntimeError('full')"),
        ("WARNING", "of no call\nRuntimeError('full')"),
    ]
