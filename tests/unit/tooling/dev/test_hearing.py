"""What a handler prints is noted with its call, line by line, and printed."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from threading import Thread

from portable.tooling.dev.hearing import Hearing, Prints
from portable.tooling.dev.live import Live, active, made


def test_what_calls_print_at_the_same_time_is_whole_lines_of_each() -> None:
    stream = io.StringIO()
    out, err = Prints(stream), Prints(stream)
    first, second = (Live("schedule", name, None, None) for name in ("nightly", "hourly"))

    def write(live: Live, prints: Prints, text: str) -> None:
        token = active.set(live)
        try:
            prints.write(text)
        finally:
            active.reset(token)

    def in_a_thread() -> None:
        write(first, out, "from a thread")
        write(first, out, "\n")

    out.write("loading")
    for text in ("one", " ", "two", "\n"):
        write(first, out, text)
        write(second, out, text.upper())
    write(first, out, "three\nfour")
    write(first, err, "to stderr\n")
    thread = Thread(target=in_a_thread)
    thread.start()
    thread.join()
    first.ended("done")
    out.write("outside\n")
    assert stream.getvalue().splitlines() == [
        "loading", "one two", "ONE TWO", "three", "to stderr", "from a thread", "four", "outside",
    ]  # fmt: skip
    assert [line.text for line in first.logs] == ["one two", "three", "to stderr", "from a thread", "four"]
    assert [(line.level, line.text) for line in second.logs] == [("PRINT", "ONE TWO")]
    assert first.partial == {}


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
