"""Processor time per invocation in a warm process: the Lambda handler called with an HTTP event, best of several rounds.

Processes differ by a few hundredths in how Python's tables lie. So each handler gets several, in turn with the raw one, and
the median of their ratios counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Any

from benchmarks.artifacts import packaged, raw
from benchmarks.coldstart import FEW, FORM, HELLO, ORDER, http_v1, http_v2
from benchmarks.rows import Row

PROCESSES = 7
SCRIPT = """
import importlib, json, sys, time, logging
event = json.load(sys.stdin)
class Context:
    aws_request_id = "r"; function_name = "f"; memory_limit_in_mb = "256"; invoked_function_arn = "arn"; client_context = None
    def get_remaining_time_in_millis(self): return 30000
module, name = sys.argv[1].split(":")
handler, context, calls = getattr(importlib.import_module(module), name), Context(), int(sys.argv[2])
reply = handler(event, context)
assert reply["statusCode"] == 200, reply
best = 9.9
for _ in range(7):
    began = time.process_time()
    for _ in range(calls):
        handler(event, context)
    best = min(best, (time.process_time() - began) / calls)
print(best * 1e6)
"""


def measure(
    bundle: Path,
    handler: str,
    event: dict[str, Any],
    calls: int = 20_000,
    more: Mapping[str, str] = MappingProxyType({}),
) -> float:
    """Return the microseconds of one call. `more` are variables of its environment."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, handler, str(calls)],
        cwd=bundle,
        env={"PYTHONPATH": str(bundle), "PYTHONDONTWRITEBYTECODE": "1", "AWS_REGION": "eu-west-1", "PATH": "", **more},
        input=json.dumps(event).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return float(done.stdout.split()[-1])


def rows() -> list[Row]:
    """Measure the table of invocations."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        base = (raw("raw_hello", folder), "handler:handler", HELLO)
        ours = (packaged("hello", folder), "entry_hello:handler", HELLO)
        typed = (packaged("typed", folder), "entry_order:handler", ORDER)
        awaited = (packaged("asynchronous", folder), "entry_hello:handler", HELLO, 5_000)
        found = [[measure(*each) for each in (base, ours, typed, awaited)] for _ in range(PROCESSES)]
        by_hand = (raw("raw_form", folder), "handler:handler", FORM, 10_000)
        form = (packaged("form", folder), "entry_sign_up:handler", FORM, 10_000)
        forms = [[measure(*each) for each in (by_hand, form)] for _ in range(FEW)]
        chalice_event = http_v1("/hello/ada", "ada")
        mangum = (raw("mangum_mounted", folder, "mangum", "fastapi==0.165.0"), "handler:handler", HELLO, 500)
        mounted = (packaged("mounted", folder), "entry_web:handler", HELLO, 500)
        apps = [[measure(*each) for each in (mangum, mounted)] for _ in range(PROCESSES)]
        waiting = http_v2("GET", "/waiting/ada")
        threads = [
            [measure(bundle, handler, waiting, calls) for bundle, handler, _, calls in (mangum, mounted)]
            for _ in range(PROCESSES)
        ]
        peers = {
            "Chalice": measure(raw("chalice_hello", folder, "chalice"), "app:app", chalice_event, 2_000),
            "Powertools": measure(
                raw("powertools_hello", folder, "aws-lambda-powertools"), "handler:handler", HELLO, 2_000
            ),
            "Mangum + FastAPI": measure(
                raw("mangum_hello", folder, "mangum", "fastapi"), "handler:handler", HELLO, 500
            ),
        }
    return [
        Row("per invocation, raw handler", f"{median(each[0] for each in found):.2f} us", "", True),
        _row("per invocation, HTTP, path parameter in and JSON out", found, 1, 2.0),
        _row("per invocation, typed JSON body validated", found, 2, 3.2),
        _row("per invocation, async def handler", found, 3, 5.0),
        _row("per invocation, typed form, path and query, against parse_qs by hand", forms, 1, 4.5),
        _row("per invocation, FastAPI app mounted, async def route", apps, 1, 0.6, "Mangum's"),
        _row("per invocation, FastAPI app mounted, def route", threads, 1, 0.8, "Mangum's"),
        *(Row(f"per invocation, {name} (peer)", f"{taken:.1f} us", "", True) for name, taken in peers.items()),
    ]


def _row(what: str, found: list[list[float]], at: int, bar: float, base: str = "raw") -> Row:
    times = median(each[at] / each[0] for each in found)
    taken = median(each[at] for each in found)
    return Row(what, f"{taken:.2f} us, {times:.2f}x {base}", f"<= {bar:.2f}x", times <= bar)
