"""What was deployed does what was declared: every trigger, end to end, with the roles that were made for it."""

from __future__ import annotations

from typing import Any

import pytest
from deploy.commands import Commands
from servers.waiting import until


@pytest.fixture(scope="module", autouse=True)
def sent(deployed: Any) -> None:
    assert deployed.commands.json("secret list")["secrets"] == {"token": False}
    deployed.commands.set_secret("token", "s3cret")
    assert deployed.commands.json("secret list")["secrets"] == {"token": True}
    for what in ("calm", "fire", "poison"):
        assert deployed.http("POST", f"/send/{what}") == (204, None)


def test_a_queue_calls_its_function(deployed: Any) -> None:
    assert deployed.rows("queue", 2) == ["queue:calm", "queue:fire"]


def test_a_poison_message_is_a_dead_letter(deployed: Any) -> None:
    deployed.rows("queue", 2)
    assert until(lambda: deployed.http("GET", "/dead"), lambda found: found[1]["letters"]) == (200, {"letters": 1})


def test_a_dead_letter_is_seen_and_sent_back_from_the_terminal_by_who_may(deployed: Any, aws: dict[str, str]) -> None:
    deployed.rows("queue", 2)
    until(lambda: deployed.http("GET", "/dead"), lambda found: found[1]["letters"])
    owner = Commands(deployed.commands.app, deployed.commands.out, aws)
    letter = owner.json("queue jobs peek", "--dead")
    assert (letter["payload"], letter["attempts"], letter["error"]) == ("poison", 1, "ValueError: poison")
    assert owner.json("queue jobs redrive", "--yes") == {"queue": "jobs", "redriven": 1}
    assert until(lambda: deployed.http("GET", "/dead"), lambda found: found[1]["letters"]) == (200, {"letters": 1})
    said = deployed.commands.refused("bucket files cat out/calm.jpg")
    assert "this identity does not have the permission" in said
    assert "Ask for this right, or sign in as somebody who has it" in said


def test_an_ordered_queue_calls_its_function(deployed: Any) -> None:
    assert deployed.rows("ordered", 3) == ["ordered:calm", "ordered:fire", "ordered:poison"]


def test_a_topic_tells_two_functions_and_filters(deployed: Any) -> None:
    assert deployed.rows("topic", 3) == ["topic:calm", "topic:fire", "topic:poison"]
    assert deployed.rows("urgent", 1) == ["urgent:fire"]


def test_functions_with_overlapping_filters_of_one_bucket_are_both_told(deployed: Any) -> None:
    assert deployed.rows("arrived", 3) == [f"arrived:in/{what} ü.jpg:1" for what in ("calm", "fire", "poison")]
    names = [
        f"{folder}/{what}{mark}.jpg"
        for folder, mark in (("in", " ü"), ("out", ""))
        for what in ("calm", "fire", "poison")
    ]
    assert deployed.rows("pictured", 6) == [f"pictured:{name}" for name in names]


def test_a_deleted_object_is_told_through_a_queue(deployed: Any) -> None:
    deployed.client("s3").delete_object(Bucket=deployed.outputs["buckets"]["files"], Key="out/calm.jpg")
    assert deployed.rows("removed", 1) == ["removed:out/calm.jpg"]


def test_a_stream_calls_its_function(deployed: Any) -> None:
    assert deployed.rows("stream", 3) == ["stream:calm:ada", "stream:fire:ada", "stream:poison:ada"]


def test_a_secret_and_a_setting_arrive_as_they_were_written(deployed: Any) -> None:
    assert deployed.http("GET", "/settings") == (200, {"token": "s3cret", "greeting": "${hi} %{x}"})


def test_a_second_plan_changes_nothing(deployed: Any) -> None:
    left = {change["resource"]["resource_type"] for change in deployed.terraform.changes("-var-file=dev.tfvars")}
    assert left <= {"aws_cloudwatch_metric_alarm", "aws_kinesis_stream"}, (
        "which ministack does not read back as they are"
    )


def test_a_schedule_calls_its_function(deployed: Any) -> None:
    assert deployed.rows("tick", 1, seconds=80) == ["tick:00"]
