"""The harness that docs/targets.md shows, run as a stranger would run it, on a target that is a distribution of its own.

The target is this machine without topics. Its host can be told to be wrong: the suite must notice each fault.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "targets.md"
TARGET = """
from portable.tooling.target import Problem
from portable_local.deploy.target import LocalTarget


class MyCloud(LocalTarget):
    name = "mycloud"
    title = "My Cloud"

    def check(self, app, options):
        text = "My Cloud has no topics: use a queue"
        return [Problem(text, function.where) for function in app.functions if function.trigger["kind"] == REFUSED]

    def testing(self):
        from mycloud.host import kit

        return kit

    def local(self):
        return None


REFUSED = "topic"
target = MyCloud()
"""
HOST = """
import os

from portable.eventing.response import Response
from portable.eventing.urls import unquote
from portable.tooling.target import TestKit
from portable_local.testing.host import LocalHost, plain

class Host(LocalHost):
    def http(self, request, function):
        fault = os.environ.get("FAULT")
        if fault == "decoded twice":
            request.raw_path = unquote(request.raw_path)
        if fault == "own words" and function is None:
            return Response(b"<h1>Not Found</h1>", 404, {"content-type": "text/html"})
        response = super().http(request, function)
        if fault == "joined cookies" and response.cookies:
            response.cookies[:] = [", ".join(response.cookies)]
        if fault == "text only":
            response.body = response.body.decode("utf-8", "replace").encode()
        return response

    def deliver(self, function, events):
        fault = os.environ.get("FAULT")
        for _, event, _ in events:
            if fault == "no attempt" and hasattr(event, "attempt"):
                event.attempt = 1
            if fault == "another id" and hasattr(event, "payload"):
                event.id = f"{event.id}-{event.attempt}"
            if fault == "no attributes" and hasattr(event, "payload"):
                event.attributes = {}
        failed = super().deliver(function, events)
        if fault == "all again" and failed:
            return [id for id, _, _ in events]
        return [] if fault == "never again" else failed


kit = TestKit(lambda plan, load, run, remaining: Host(plan, load, remaining), plain)
"""
LACKS = """
    "filtered again": "the drivers of My Cloud filter when an event is stored",
    "object attempts": "My Cloud does not count how often an event of a bucket failed",
}
"""
FAULTS = {
    "decoded twice": "test_a_path_is_decoded_once",
    "own words": "test_an_unknown_path_is_the_one_404",
    "joined cookies": "test_each_cookie_has_a_header_of_its_own",
    "text only": "test_bytes_status_and_media_type_arrive",
    "no attempt": "test_attempts_are_counted_and_the_id_stays",
    "another id": "test_what_is_sent_arrives",
    "no attributes": "test_attributes_arrive_and_the_time_of_sending",
    "all again": "test_one_message_that_fails_does_not_bring_back_the_others",
    "never again": "test_a_message_whose_attempts_are_used_up_is_a_dead_letter",
}
"""Each fault, and a test of the suite that must fail."""
SET = 'os.environ["FAULT"] = request.cls.fault'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The target, installed in a folder, and the harness of the page."""
    folder = tmp_path_factory.mktemp("mycloud")
    package, metadata = folder / "mycloud", folder / "mycloud-1.0.dist-info"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "target.py").write_text(TARGET)
    (package / "host.py").write_text(HOST)
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: mycloud\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[portable.targets]\nmycloud = mycloud.target:target\n")
    (harness,) = re.findall(r"```python\n(# test_[a-z_]+\.py\n.*?)```", PAGE.read_text(), re.DOTALL)
    (folder / "test_mycloud.py").write_text(harness.replace("\n}\n", LACKS, 1))
    return folder


def run(folder: Path, *arguments: str) -> str:
    """Return what pytest says of the harness."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, timeout=120, check=False
    )
    return done.stdout + done.stderr


def test_the_harness_of_the_page_is_all_that_a_target_needs(folder: Path) -> None:
    said = run(folder, "test_mycloud.py")
    assert re.search(r"\n\d\d\d passed, \d+ skipped, 3 xfailed", said), said[-2000:]


def test_the_suite_notices_a_host_that_is_wrong(folder: Path) -> None:
    text = (
        (folder / "test_mycloud.py")
        .read_text()
        .replace("module", "class")
        .replace("    with opened", f"    {SET}\n    with opened")
    )
    classes = [f'\n\nclass Test{at}(TargetSuite):\n    fault = "{fault}"\n' for at, fault in enumerate(FAULTS)]
    (folder / "test_faults.py").write_text(f"import os\n{text}{''.join(classes)}")
    nodes = [f"test_faults.py::Test{at}::{test}" for at, test in enumerate(FAULTS.values())]
    said = run(folder, "--tb=line", *nodes)
    unnoticed = [fault for fault, node in zip(FAULTS, nodes, strict=True) if f"FAILED {node}" not in said]
    assert unnoticed == [], said[-3000:]


def test_an_ability_that_is_there_after_all_fails_the_suite(folder: Path) -> None:
    more = (
        '    "encoded slash": "My Cloud is said to decode a path",\n    "queue": "My Cloud has queues in truth",\n}\n'
    )
    harness = (folder / "test_mycloud.py").read_text().replace("\n}\n", f"\n{more}", 1)
    (folder / "test_more.py").write_text(harness)
    said = run(folder, "-k", "slash or check", "test_more.py")
    assert "test_an_encoded_slash_stays_in_its_segment[wire]" in said
    assert "XPASS(strict)" in said
    assert "FAILED test_more.py::TestMyCloud::test_check_refuses_the_triggers_that_are_lacking" in said
