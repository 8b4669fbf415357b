"""The first process that serves is a fork of the command. An app finds there what it finds in those that follow."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hosts.served import Served

APP = """
import os, sys
from portable import function, http

NUMBER = 1

@function(http.get("/"))
def told() -> dict[str, object]:
    sys.stdout.write("no end of the line")
    return {
        "number": NUMBER,
        "path": sys.path,
        "arguments": len(sys.argv),
        "target": os.environ["PORTABLE_TARGET"],
        "input": sys.stdin.read(),
        "encoding": [sys.stdout.encoding, sys.stderr.encoding],
        "group": os.getpgid(0) == os.getpid(),
        "open": len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0,
        "loaded": sorted(name for name in sys.modules if "cli" in name.split(".")),
    }
"""


def test_the_first_process_is_as_those_that_follow(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(APP)
    with Served(tmp_path) as served:
        first = json.loads(served.until(lambda found: found.status == 200, "GET", "/").text)
        served.says("no end of the line")
        file.write_text(APP.replace("NUMBER = 1", "NUMBER = 2"))
        os.utime(file)
        second = json.loads(served.until(lambda found: '"number":2' in found.text, "GET", "/").text)
        assert served.stop() == 0
    assert first.pop("number") + 1 == second.pop("number")
    first["loaded"] = [
        name for name in first["loaded"] if name not in ("portable.tooling.cli", "portable.tooling.cli.start")
    ]
    assert first == second
