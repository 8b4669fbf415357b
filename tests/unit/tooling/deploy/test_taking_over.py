"""What an ended apply may have left, by its log and by how it ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from portable.tooling.deploy.applying import reached
from portable.tooling.deploy.configuration import EngineFailed
from portable.tooling.deploy.events import Progress
from portable.tooling.deploy.faults import Situation
from portable.tooling.deploy.progress import Applying
from portable.tooling.deploy.taking_over import left_in
from portable.tooling.targets import load_target


def step(state: str, address: str, action: str = "create") -> dict[str, Any]:
    return {"type": f"apply_{state}", "hook": {"resource": {"addr": address}, "action": action}}


def test_what_was_made_or_begun_before_an_engine_was_ended_may_be_there(tmp_path: Path) -> None:
    lines = [
        *(step("start", name) for name in ("a.made", "a.failed", "a.open")),
        *(step("start", "a.gone", "delete"), step("start", "a.new", "replace")),
        step("progress", "a.open"),
        step("complete", "a.made"),
        step("errored", "a.failed"),
    ]
    log = tmp_path / "log"
    log.write_text("\n".join(map(json.dumps, lines)) + '\nnoise\n{"type": "apply_st')
    assert left_in(log) == {"a.made", "a.open", "a.new"}
    log.write_text("\n".join(map(json.dumps, [*lines, {"type": "change_summary", "changes": {"operation": "apply"}}])))
    assert left_in(log) == frozenset(), "it ended well, and its state has everything"
    assert left_in(tmp_path / "none") == frozenset()


def test_what_failed_while_an_engine_was_stopped_may_be_there_too() -> None:
    deploying = load_target("aws").deploying()
    assert deploying is not None
    here = Situation("aws", "dev", "shop", "terraform", Path("infra"), "portable deploy", deploying)
    applying = Applying(3, lambda text: None)
    for address, state in (("a.made", "done"), ("a.broken_off", "failed"), ("a.open", "begun")):
        applying.see(Progress(address, "begun", "create"))
        applying.see(Progress(address, state, "create"))  # type: ignore[arg-type]
    assert reached(here, applying, EngineFailed("apply", (), Path(), stopped=True)).begun == ("a.open", "a.broken_off")
    assert reached(here, applying, EngineFailed("apply", (), Path(), killed=True)).begun == ("a.open",)
    assert reached(here, applying, EngineFailed("apply", (), Path())).done == 1
