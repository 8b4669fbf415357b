"""`portable logs` and `portable invoke --remote` against functions that run on ministack."""

from __future__ import annotations

import json
import time

import boto3
import pytest
from processes.tooling.remote.conftest import Shop


def test_a_request_is_answered_by_the_deployed_function_and_its_log_is_shown(shop: Shop) -> None:
    shown, log = shop.run("invoke", "hello", "--remote", "--http", "GET /hello/Ada")
    assert shown.startswith("HTTP 200")
    assert shown.rstrip().endswith("hello Ada")
    assert "WARNING  hello Ada who=Ada" in log
    assert "hello took " in log


def test_a_function_that_raises_ends_as_it_does_here_and_the_log_has_the_line(shop: Shop) -> None:
    shown, log = shop.run("invoke", "boom", "--remote", "--http", "GET /boom", code=1)
    assert shown.startswith("HTTP 500")
    assert "ValueError: boom" in log


def test_messages_ticks_and_objects_reach_their_functions(shop: Shop) -> None:
    assert shop.run("invoke", "work", "--remote", "--message", '{"a": 1}')[0] == "done\n"
    assert shop.run("invoke", "nightly", "--remote", "--tick")[0] == "done\n"
    account = boto3.client("sts").get_caller_identity()["Account"]
    bucket = f"shop-dev-photos-{account}"
    boto3.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    assert f"a.jpg of {bucket}" in shop.run("invoke", "index", "--remote", "--object", "a.jpg")[1]


def test_a_message_that_fails_is_an_error_and_is_not_tried_again(shop: Shop) -> None:
    _, log = shop.run("invoke", "work", "--remote", "--message", '{"bad": 1}', code=1)
    assert log.count("RuntimeError: bad job") == 1
    assert "work failed on aws, stage dev: it reports as failed" in log


def test_the_logs_of_all_functions_are_one_list_by_time(shop: Shop) -> None:
    shop.run("invoke", "hello", "--remote", "--http", "GET /hello/Bob")
    shop.run("invoke", "work", "--remote", "--message", '{"b": 1}')
    lines = [json.loads(line) for line in shop.run("logs", "--json")[0].splitlines()]
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
    assert {"hello", "work"} <= {line["function"] for line in lines}
    [own] = [line for line in lines if line.get("fields") == {"who": "Bob"}]
    of_call = [json.loads(line) for line in shop.run("logs", "--json", "--request", own["request"])[0].splitlines()]
    assert own in of_call
    assert {line["function"] for line in of_call} == {"hello"}
    assert not any("costs" in line["message"] for line in of_call)
    text = shop.run("logs", "--level", "warning", "--function", "hello")[0]
    assert " WARNING  hello " in text
    assert "a foreign line" not in text


def test_following_shows_what_comes_until_ctrl_c_ends_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) > 2:
            raise KeyboardInterrupt
        shop.run("invoke", "nightly", "--remote", "--tick")

    monkeypatch.setattr(time, "sleep", pause)
    shown = shop.run("logs", "--follow", "--function", "nightly", "--level", "info", "--json")[0].splitlines()
    assert len(shown) == len(set(shown))
    assert len([line for line in shown if json.loads(line)["message"] == "tick"]) >= 2


def test_a_stage_that_is_not_deployed_has_no_logs_and_nothing_to_call(shop: Shop) -> None:
    assert "nothing is deployed to the stage prod" in shop.run("logs", "--stage", "prod", code=1)[1]
    said = shop.run("invoke", "hello", "--remote", "--http", "GET /hello/A", "--stage", "prod", code=1)[1]
    assert "portable deploy --target aws --stage prod" in said
