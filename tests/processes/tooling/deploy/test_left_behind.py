"""What an engine that was ended has left in the cloud, and the next deployment takes over."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace

import pytest
from processes.tooling.deploy.conftest import APP
from processes.tooling.deploy.fake_engine import FakeEngine, failed, outputs, planned, step, summary
from processes.tooling.deploy.orders import QUEUE, Asked, refused

from portable.tooling.deploy.deploying import Wish, deploy
from portable.tooling.deploy.order import Order
from portable.tooling.deploy.record import Record, write_record
from portable.tooling.infra.remote import Running
from portable_aws.deploy import target

ROLE = "aws_iam_role.a"
PLAN = {"lines": [planned(QUEUE, "create"), planned(ROLE, "create"), summary("plan")]}
THERE = {
    "lines": [
        step("apply_start", ROLE),
        step("apply_errored", ROLE),
        failed("creating IAM Role (small-dev-a): EntityAlreadyExists: Role with name small-dev-a", address=ROLE),
    ],
    "code": 1,
}
DONE = {"lines": [summary("apply"), outputs(url="https://here")]}
BEGUN = [step("apply_start", QUEUE), step("apply_complete", QUEUE), step("apply_start", ROLE)]


@pytest.fixture
def ended(order: Order, engine: FakeEngine) -> str:
    """What is told when the engine was killed while it made a role."""
    engine.says(plan=PLAN, apply={"lines": BEGUN, "dies": True})
    return refused(order)


def test_an_engine_that_is_killed_is_told_with_what_is_not_known(ended: str) -> None:
    assert "Terraform 1.11.4 was ended by something else (SIGKILL)" in ended
    assert f"1 of 2 changes were made, and the engine's state has them. Of these it is not known: {ROLE}." in ended
    assert "Run `portable deploy" in ended


def test_what_it_left_is_taken_over_by_the_next_deployment(ended: str, order: Order, engine: FakeEngine) -> None:
    asked = Asked()
    engine.says(plan=PLAN, apply=[{}, THERE, DONE])
    done = deploy(order, asked)
    assert done.record.outputs == {"url": "https://here"}
    assert done.record.left == ()
    assert json.loads((engine.folder / "taken").read_text()) == {"import": [{"to": ROLE, "id": "small-dev-a"}]}
    assert len(asked.lost) == 2, "the second plan is shown too"
    assert not list(order.folder.glob("portable_taken*"))


def test_it_is_still_known_after_another_failure(ended: str, order: Order, engine: FakeEngine) -> None:
    engine.says(plan=PLAN, apply={"lines": [failed("LimitExceeded")], "code": 1})
    refused(order)
    calls = engine.commands().count("apply")
    engine.says(plan=PLAN, apply=[*[{}] * calls, THERE, DONE])
    assert deploy(order, Asked()).record.outputs == {"url": "https://here"}


def test_what_is_there_and_was_not_left_is_taken_over_only_if_the_user_says_so(
    order: Order, engine: FakeEngine
) -> None:
    engine.says(plan=PLAN, apply=THERE)
    told = refused(order)
    assert "It is there already, and the state of this stage does not know it" in told
    assert f"`{order.again()} --take-over`" in told
    assert not (engine.folder / "taken").exists()
    engine.says(plan=PLAN, apply=[{}, THERE, DONE])
    assert deploy(order, Asked(), Wish(take_over=True)).record.outputs == {"url": "https://here"}


def test_what_cannot_be_taken_over_is_told_once(order: Order, engine: FakeEngine) -> None:
    engine.says(plan=PLAN, apply=THERE)
    assert "EntityAlreadyExists" in refused(order, lambda order: deploy(order, Asked(), Wish(take_over=True)))
    assert engine.commands().count("apply") == 2


class Taken:
    """A cloud in which the name is taken."""

    def __init__(self, running: Running) -> None:
        self.app = running.stage.app

    def claimed(self) -> str:
        return f"the bucket of {self.app}"

    def found(self, addresses: Collection[str]) -> dict[str, str]:
        return {}

    def refused(self, address: str, said: str) -> None:
        return None


def test_a_name_that_is_taken_is_seen_until_a_deployment_has_ended_well(
    order: Order, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.says(plan={"lines": [failed("No valid credential sources found")], "code": 1})
    refused(order)
    write_record(order.record_file, Record("small", "dev"))
    monkeypatch.setattr(target, "DEPLOYING", replace(target.DEPLOYING, standing=Taken))
    engine.says(plan=PLAN, apply=DONE, state={"lines": ["{}"]})
    told = refused(order)
    assert 'an app called "small" is in the stage dev already: the bucket of small is there' in told
    assert "Nothing was changed" in told
    assert "apply" not in engine.commands()
    assert deploy(order, Asked(), Wish(take_over=True)).outcome == "changed"
    (order.app / "app.py").write_text(APP.replace('"hello"\n', '"bye"\n'))
    assert deploy(order, Asked()).outcome == "changed"
