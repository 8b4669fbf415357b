"""`deploy` with an engine that plays what a real one said: what is told, what is remembered, what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from processes.tooling.deploy.conftest import APP
from processes.tooling.deploy.fake_engine import FakeEngine, failed, outputs, planned, step, summary
from processes.tooling.deploy.orders import QUEUE, Asked, refused, state
from typer.testing import CliRunner

from portable.errors import PortableError
from portable.tooling.cli import main
from portable.tooling.deploy.configuration import Planned
from portable.tooling.deploy.deploying import Deployed, Wish, deploy
from portable.tooling.deploy.loss import Loss
from portable.tooling.deploy.order import Order


def test_what_was_deployed_is_remembered_and_not_deployed_again(
    deployed: Deployed, order: Order, engine: FakeEngine
) -> None:
    assert (deployed.outcome, deployed.record.outputs) == ("changed", {"url": "https://here"})
    calls = len(engine.calls())
    assert deploy(order, Asked()).outcome == "unchanged"
    assert len(engine.calls()) == calls


@pytest.mark.parametrize("what", ["the app", "a file of the user's", "the account", "the state", "the record"])
def test_the_engine_is_asked_when_anything_has_changed(
    what: str, deployed: Deployed, order: Order, engine: FakeEngine
) -> None:
    if what == "the app":
        (order.app / "app.py").write_text(APP.replace('"hello"\n', '"bye"\n'))
    elif what == "a file of the user's":
        (order.folder / "network.tf").write_text("# a network")
    elif what == "the account":
        order = replace(order, environment={**order.environment, "AWS_PROFILE": "other"})
    elif what == "the state":
        state(order, 2)
    else:
        order.record_file.write_text('{"schema": 99}')
    engine.says()
    assert deploy(order, Asked()).outcome == "same"
    assert deploy(order, Asked()).outcome == "unchanged"


def test_the_engine_looks_when_it_is_asked_to(deployed: Deployed, order: Order, engine: FakeEngine) -> None:
    engine.says()
    assert deploy(order, Asked(), Wish(refresh=True)).outcome == "same"


def test_a_failed_apply_keeps_the_last_record_and_is_not_taken_for_a_success(
    deployed: Deployed, order: Order, engine: FakeEngine
) -> None:
    (order.app / "app.py").write_text(APP.replace('"hello"\n', '"bye"\n'))
    done = step("apply_complete", "aws_iam_role.a")
    engine.says(
        plan={"lines": [planned("aws_iam_role.a", "create"), planned(QUEUE, "update"), summary("plan")]},
        apply={"lines": [done, failed("LimitExceededException: too many", address=QUEUE)], "code": 1},
    )
    told = refused(order)
    assert "aws_sqs_queue.jobs: LimitExceededException: too many" in told
    assert "1 of 2 changes were made, and the engine's state has them" in told
    assert f"run `portable deploy {order.app} --target aws --stage dev --out {order.out}` again" in told
    record = order.record()
    assert record is not None
    assert (record.digest, record.outputs) == ("", {"url": "https://here"})
    (order.app / "app.py").write_text(APP)
    engine.says()
    assert deploy(order, Asked()).outcome == "same", "what is there now may be half of the new"


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("ExpiredTokenException: The security token included in the request is expired", "Sign in to AWS"),
        ("No valid credential sources found", "Sign in to AWS"),
        ("AccessDenied: not authorized to perform: iam:CreateRole", "Ask for the missing permission"),
        (
            "creating IAM Role: EntityAlreadyExists: Role with name a already exists",
            'If another app is called "small" here',
        ),
        ("QuotaExceeded: ServiceQuotaExceededException", "A limit of the account is reached"),
        ("Error acquiring the state lock: resource temporarily unavailable ID: 1f-2 Path: x", "force-unlock 1f-2"),
        ('No value for required variable: The root module input variable "setting_x" is not set', "dev.tfvars"),
        (
            "state snapshot was created by Terraform v1.99.0, which is newer than current v1.11.4",
            "version of the engine",
        ),
        (
            "Backend configuration changed A change in the backend configuration has been detected",
            "init -migrate-state",
        ),
        ("request send failed, dial tcp: lookup sts.amazonaws.com: no such host", "The cloud did not answer"),
        ("what nobody has seen", "Mend what the message says"),
    ],
)
def test_each_failure_says_what_happened_how_things_are_and_what_to_do(
    said: str, advice: str, order: Order, engine: FakeEngine
) -> None:
    engine.says(plan={"lines": [failed(said)], "code": 1})
    told = refused(order)
    assert said in told
    assert "Nothing was changed in the stage dev" in told
    assert advice in told
    assert "portable deploy" in told
    assert "apply" not in engine.commands()


def test_the_next_command_has_the_options_that_were_given(
    order: Order, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in order.environment.items():
        monkeypatch.setenv(name, value)
    engine.says(plan={"lines": [failed("what nobody has seen")], "code": 1}, apply={"code": 1})
    options = ["--yes", "--take-over", "--allow-data-loss", "old photos"]
    words = ["deploy", str(order.app), *options, "--target", "aws", "--out", str(order.out)]
    told = CliRunner().invoke(main.program(), words).exception
    assert "run `portable deploy --yes --take-over --allow-data-loss 'old photos' " in str(told)


def test_data_that_would_be_deleted_is_asked_for(order: Order, engine: FakeEngine) -> None:
    changes = [
        planned("aws_s3_bucket.code_", "delete"),
        planned("aws_s3_bucket.photos", "replace"),
        planned("aws_dynamodb_table.rows", "delete"),
        planned("aws_dynamodb_table.more", "update"),
        planned("aws_lambda_function.work", "delete"),
    ]
    engine.says(plan={"lines": [*changes, summary("plan")]})
    asked = Asked()
    deploy(order, asked)
    assert [(loss.word, loss.name, loss.replaced) for loss in asked.lost[0]] == [
        ("bucket", "photos", True),
        ("table", "rows", False),
    ]


def test_nothing_is_applied_without_agreement(order: Order, engine: FakeEngine) -> None:
    engine.says(plan={"lines": [planned(QUEUE, "create"), summary("plan")]})

    def no(found: Planned, lost: tuple[Loss, ...]) -> None:
        raise PortableError("no")

    assert refused(order, lambda order: deploy(order, no)) == "no"
    assert "apply" not in engine.commands()
    assert order.record() is None


AGREED = Wish(agreed=True)
HERE = {"lineage": "one", "serial": 1, "resources": []}


@pytest.mark.parametrize("held", [None, HERE], ids=["never deployed", "everything destroyed"])
def test_where_nothing_is_there_and_the_user_has_agreed_the_engine_runs_once(
    held: dict[str, Any] | None, order: Order, engine: FakeEngine
) -> None:
    engine.says(
        apply={"lines": [planned(QUEUE, "create"), summary("plan"), summary("apply"), outputs(url="https://a")]}
    )
    if held is not None:
        state(order, **held)
    asked = Asked()
    done = deploy(order, asked, AGREED)
    assert engine.commands() == ["init", "apply"]
    assert "-auto-approve" in engine.calls()[-1]
    assert asked.lost == [()], "the plan is shown"
    assert done.planned is not None
    assert [change.address for change in done.planned.changes] == [QUEUE]
    assert done.record.outputs == {"url": "https://a"}


def test_where_something_is_there_or_elsewhere_or_taken_over_the_plan_is_looked_at_first(
    order: Order, engine: FakeEngine
) -> None:
    state(order, 1, [{"mode": "managed"}])
    deploy(order, Asked(), AGREED)
    state(order, 2, [])
    (order.folder / "taken.tf").write_text('import {\n  to = aws_s3_bucket.photos\n  id = "photos"\n}\n')
    deploy(order, Asked(), AGREED)
    (order.folder / "taken.tf").unlink()
    (order.folder / ".terraform" / "terraform.tfstate").write_text('{"backend": {"type": "s3"}}')
    engine.says(state={"lines": ["{}"]})
    deploy(order, Asked(), AGREED)
    assert [name for name in engine.commands() if name in ("plan", "apply")] == ["plan", "apply"] * 3


def test_a_first_deployment_that_fails_while_it_is_planned_has_changed_nothing(
    order: Order, engine: FakeEngine
) -> None:
    engine.says(apply={"lines": [failed("ExpiredToken")], "code": 1})
    told = refused(order, lambda order: deploy(order, Asked(), AGREED))
    assert "Nothing was changed in the stage dev" in told
    lines = [planned(QUEUE, "create"), planned("aws_iam_role.a", "create"), summary("plan"), failed("LimitExceeded")]
    engine.says(apply={"lines": lines, "code": 1})
    told = refused(order, lambda order: deploy(order, Asked(), AGREED))
    assert "None of the 2 changes was made" in told
    engine.says(apply={"lines": [planned(QUEUE, "create"), summary("plan")]})
    refused(order, lambda order: deploy(order, Asked(), AGREED))


def test_a_folder_with_the_state_of_another_app_is_refused(
    deployed: Deployed, order: Order, engine: FakeEngine
) -> None:
    (order.app / "pyproject.toml").write_text('[project]\nname = "other"\nversion = "0"\n')
    calls = len(engine.calls())
    told = refused(order)
    assert 'holds the state of the app "small" in the stage dev, and this is "other"' in told
    assert "--out" in told
    assert len(engine.calls()) == calls


def test_a_stage_that_is_none_and_a_target_without_infrastructure_are_refused(order: Order) -> None:
    assert '"Prod" is not the name of a stage' in refused(replace(order, stage="Prod"))
    assert "portable cannot deploy to openfaas: use its own tools" in refused(replace(order, target="openfaas"))
    assert "portable cannot deploy to container: portable infra --target" in refused(replace(order, target="container"))
