"""The lines of calls: one for each that has ended, and its error once."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec

from portable.errors import NotFound
from portable.tooling.dev.journal.model import Details
from portable.tooling.dev.lines import Lines
from portable.tooling.dev.observed import Observed
from portable.tooling.run.tracebacks import own_traceback

CALL = Details(
    id="a", trace="b", parent="", function="work", kind="queue", label="message m", began=0.0, seconds=0.0021, attempt=2
)


def test_a_call_that_is_given_up_after_it_failed_tells_its_error_once() -> None:
    stream = io.StringIO()
    lines = Lines(stream, color=False)
    failed = msgspec.structs.replace(
        CALL, outcome="failed", error="ValueError: x", traceback="Traceback\nValueError: x\n"
    )
    for outcome in ("running", "failed", "dead"):
        lines.ended([msgspec.structs.replace(failed, outcome=outcome)])
    lines.ended([msgspec.structs.replace(failed, id="c", outcome="dropped", traceback="")])
    assert [line[9:] if "message" in line else line for line in stream.getvalue().splitlines()] == [
        "failed  work message m attempt 2 2 ms",
        "Traceback",
        "ValueError: x",
        "dead    work message m attempt 2 2 ms",
        "dropped work message m attempt 2 2 ms",
        "ValueError: x",
    ]


def test_a_traceback_has_no_frame_of_what_no_cloud_has(tmp_path: Path) -> None:
    class Driver:
        """A driver that finds nothing."""

        def get(self, key: str) -> Any:
            raise NotFound(f"there is no {key}")

    app: dict[str, Any] = {}
    exec(compile("def handler(driver):\n    driver.get('a')\n", str(tmp_path / "app.py"), "exec"), app)
    try:
        app["handler"](Observed(Driver(), ("table", "rows"), lambda: None))
    except NotFound as error:
        shown = own_traceback(error, tmp_path)
    assert shown.count("  File ") == 2
    assert "app.py" in shown
    assert "in get" in shown
