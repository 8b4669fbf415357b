"""Values as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portable.tooling.dev import words


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "running"),
        (0.00034, "340 µs"),
        (0.0012, "1.2 ms"),
        (0.012, "12 ms"),
        (1.239, "1.24 s"),
        (185, "3 min 5 s"),
    ],
)
def test_a_duration(seconds: float | None, told: str) -> None:
    assert words.duration(seconds) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [(None, "unknown"), (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (3400, "3.4 kB"), (5e12, "5000.0 GB")],
)
def test_a_size(count: float | None, told: str) -> None:
    assert words.size(count) == told


def test_a_count() -> None:
    assert [words.counted(count, "row") for count in (0, 1, 1200)] == ["0 rows", "1 row", "1,200 rows"]


def test_a_body_is_a_text_json_is_indented_and_other_bytes_are_none() -> None:
    assert words.body_text(b'{"a": [1, "\xc3\xa9"]}') == '{\n  "a": [\n    1,\n    "é"\n  ]\n}'
    assert words.body_text(b"12") == "12"
    assert words.body_text(b"hello") == "hello"
    assert words.body_text(b"\x89PNG\r\n") is None
    assert words.body_text(b"a\0b") is None


def test_what_json_has_no_form_for_is_told_as_a_text() -> None:
    found = words.pretty({"at": datetime(2026, 1, 31, 12, tzinfo=UTC), "data": b"ab", "set": {2, 1}})
    assert '"at": "2026-01-31T12:00:00+00:00"' in found
    assert '"data": "base64:YWI="' in found


def test_a_long_text_is_cut() -> None:
    assert words.short("x" * 200, 10) == "x" * 9 + "…"


def test_a_moment_is_told_in_the_zone_that_is_asked_for() -> None:
    at = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert words.in_zone(at, "Europe/Berlin") == "Sun 2026-03-29 01:30 CET"
    assert words.in_zone(at + timedelta(hours=1), "Europe/Berlin") == "Sun 2026-03-29 03:30 CEST"


def test_how_long_it_is_until_a_moment() -> None:
    now = datetime.now(UTC) + timedelta(seconds=2)
    assert words.until(now) == "now"
    assert words.until(now + timedelta(hours=3, minutes=20)) == "in 3 h 20 min"
    assert words.until(now + timedelta(days=2, hours=1, minutes=5)) == "in 2 d 1 h"


def test_a_cell_has_bytes_and_texts_without_quotes() -> None:
    assert [words.cell(value) for value in (b"ab", "ab", None)] == ["base64:YWI=", "ab", "null"]
