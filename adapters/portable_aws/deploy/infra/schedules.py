"""EventBridge schedules: what calls a function when, by a role that may call nothing else."""

from __future__ import annotations

import json

from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_aws.deploy.cron import SchedulerCron, scheduler_crons
from portable_aws.deploy.infra.alarms import letters_alarm
from portable_aws.deploy.infra.places import AwsPlaces, arn
from portable_aws.deploy.infra.policies import only_encrypted, policy, role
from portable_aws.deploy.infra.queues import DAY, DEAD_KEPT_DAYS, NO_SOURCE
from portable_aws.runtime.schedule import SCHEDULED_TIME

GROUP = "app"
LOST = "schedules_lost"
"""The queue of calls that EventBridge could not hand to Lambda; no queue of an app has a name with _."""


def schedules(document: Document, places: AwsPlaces) -> None:
    """Add the schedules of an app, in a group of its own."""
    found = [function for function in places.blueprint.functions if function.trigger["kind"] == "schedule"]
    if not found:
        return
    name = places.stage.prefix()
    document.resource("aws_scheduler_schedule_group", GROUP, name=name)
    group = arn("scheduler", f"schedule-group/{name}")
    queue_name = places.stage.called("schedules", 80, "_lost")
    document.resource(
        "aws_sqs_queue",
        LOST,
        name=queue_name,
        message_retention_seconds=DEAD_KEPT_DAYS * DAY,
        sqs_managed_sse_enabled=True,
        policy=policy(document, f"queue_{LOST}", [only_encrypted("sqs:*", [arn("sqs", queue_name)])]),
        redrive_allow_policy=NO_SOURCE,
    )
    letters_alarm(document, places, LOST, queue_name)
    for function in found:
        _schedule(document, places, function, group)


def _schedule(document: Document, places: AwsPlaces, function: DeployedFunction, group: Expression) -> None:
    label = f"{function.name}_schedule"
    target = reference(f"aws_lambda_function.{function.name}.arn")
    lost = reference(f"aws_sqs_queue.{LOST}.arn")
    taken = role(document, label, places.stage.called(function.name, 64, "_schedule"), "scheduler.amazonaws.com", group)
    called = arn(
        "lambda", f"function:{places.function(function.name)}"
    )  # written out: new code must not change a policy
    exact = policy(
        document,
        label,
        [
            {"actions": ["lambda:InvokeFunction"], "resources": [called]},
            {"actions": ["sqs:SendMessage"], "resources": [lost]},
        ],
    )
    given = document.resource("aws_iam_role_policy", label, name="exact", role=reference(f"{taken}.id"), policy=exact)
    trigger = function.trigger
    for number, cron in enumerate(scheduler_crons(trigger["expression"]), 1):
        document.resource(
            "aws_scheduler_schedule",
            function.name if number == 1 else f"{function.name}_{number}",
            name=function.name if number == 1 else f"{function.name}_{number}",
            group_name=reference(f"aws_scheduler_schedule_group.{GROUP}.name"),
            schedule_expression=cron.expression,
            schedule_expression_timezone=trigger["timezone"],
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": target,
                "role_arn": reference(f"{taken}.arn"),
                "input": _input(cron, trigger["timezone"]),
                "retry_policy": {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 10},
                "dead_letter_config": {"arn": lost},
            },
            depends_on=[given],
        )


def _input(cron: SchedulerCron, timezone: str) -> str:
    """Return what the function is called with; `portable_aws.runtime.schedule` reads it."""
    but = {"but": list(cron.but), "timezone": timezone} if cron.but else {}
    return json.dumps({"portable": {"kind": "schedule", "time": SCHEDULED_TIME, **but}})
