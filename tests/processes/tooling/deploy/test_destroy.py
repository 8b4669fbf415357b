"""`destroy` with an engine that plays what a real one said: what is kept, what is refused, what goes first."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from processes.tooling.deploy.fake_engine import FakeEngine, planned, summary
from processes.tooling.deploy.orders import Asked, refused
from typer.testing import CliRunner

from portable.tooling.cli.main import program
from portable.tooling.deploy.deploying import Deployed
from portable.tooling.deploy.destroying import destroy
from portable.tooling.deploy.order import Order


def resource(kind: str, name: str, *needs: str) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "name": name, "instances": [{"dependencies": list(needs)}]}


HELD = {
    "lineage": "one",
    "serial": 4,
    "resources": [
        resource("aws_s3_bucket", "photos"),
        resource("aws_s3_bucket_versioning", "photos", "aws_s3_bucket.photos"),
        resource("aws_sns_topic", "news"),
        resource("aws_sqs_queue", "jobs", "aws_sns_topic.news", "data.aws_region.here"),
        resource("aws_lambda_function", "work", "aws_iam_role.work"),
        resource("aws_iam_role", "work"),
        resource("aws_lambda_event_source_mapping", "work", "aws_lambda_function.work", "aws_sqs_queue.jobs"),
        resource("aws_s3_bucket", "code_"),
    ],
}


def test_destroying_keeps_data_with_what_it_needs_and_what_protects_it(
    deployed: Deployed, order: Order, engine: FakeEngine
) -> None:
    engine.says(state={"lines": [json.dumps(HELD)]})
    done = destroy(replace(order, command="destroy"), Asked(), data=False)
    assert done.kept == (("bucket", "photos"), ("queue", "jobs"))
    plan = next(call for call in reversed(engine.calls()) if call[0] == "plan")
    assert {text.removeprefix("-target=") for text in plan if text.startswith("-target=")} == {
        "aws_lambda_function.work",
        "aws_iam_role.work",
        "aws_lambda_event_source_mapping.work",
        "aws_s3_bucket.code_",
    }


def test_destroying_refuses_a_plan_that_would_delete_data_nevertheless(
    deployed: Deployed, order: Order, engine: FakeEngine
) -> None:
    lines = [planned("aws_s3_bucket.photos", "delete"), summary("plan")]
    engine.says(state={"lines": [json.dumps(HELD)]}, plan={"lines": lines})
    assert "data would be lost, so nothing was destroyed" in refused(
        order, lambda order: destroy(order, Asked(), data=False)
    )
    assert engine.commands().count("apply") == 1, "the one of the deployment"


def test_destroying_data_takes_protections_away_first(deployed: Deployed, order: Order, engine: FakeEngine) -> None:
    lines = [planned("aws_s3_bucket.photos", "update"), summary("plan")]
    engine.says(state={"lines": [json.dumps(HELD)]}, plan={"lines": lines})
    asked = Asked()
    told = refused(order, lambda order: destroy(replace(order, command="destroy --data"), asked, data=True))
    assert "8 resources are left" in told, "the state of this test stays as it is"
    assert [loss.name for loss in asked.lost[0]] == ["photos", "jobs"]
    unprotect, everything = [call for call in engine.calls() if call[0] == "plan"][-2:]
    assert {"-var=delete_data=true", "-target=aws_s3_bucket.photos", "-target=aws_sqs_queue.jobs"} <= set(unprotect)
    assert "-destroy" not in unprotect
    assert {"-destroy", "-var=delete_data=true"} <= set(everything)


def test_data_that_the_app_has_left_out_does_not_hold_back_the_rest(
    deployed: Deployed, order: Order, engine: FakeEngine
) -> None:
    lines = [planned("aws_s3_bucket.photos", "delete"), summary("plan")]
    engine.says(state={"lines": [json.dumps(HELD)]}, plan={"lines": lines})
    refused(order, lambda order: destroy(replace(order, command="destroy --data"), Asked(), data=True))
    _, unprotect, everything = [call for call in engine.calls() if call[0] == "plan"][-3:]
    assert "-target=aws_sqs_queue.jobs" in unprotect
    assert "-target=aws_s3_bucket.photos" not in unprotect
    assert "-destroy" in everything
    assert not any(text.startswith("-target=") for text in everything)


def test_a_stage_of_which_nothing_is_there_is_destroyed_already(order: Order, engine: FakeEngine) -> None:
    assert destroy(order, Asked(), data=True).count == 0
    assert "plan" not in engine.commands()


def test_the_name_of_the_stage_agrees_also_where_there_is_no_data(
    deployed: Deployed, order: Order, engine: FakeEngine
) -> None:
    held = {**HELD, "resources": [resource("aws_iam_role", "work")]}
    lines = [planned("aws_iam_role.work", "delete"), summary("plan")]
    engine.says(state={"lines": [json.dumps(held)]}, plan={"lines": lines})
    common = [str(order.app), "--target", "aws", "--stage", "dev", "--out", str(order.out)]
    unconfirmed = CliRunner().invoke(program(), ["destroy", "--data", *common], env=dict(order.environment))
    assert "there is nobody to ask" in str(unconfirmed.exception)
    assert engine.commands().count("apply") == 1, "the one of the deployment"
    CliRunner().invoke(program(), ["destroy", "--data", "--confirm-stage", "dev", *common], env=dict(order.environment))
    assert engine.commands().count("apply") == 2
