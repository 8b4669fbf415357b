"""What boto3 is asked for a stage, and how AWS's refusals read: against a server that gives scripted answers."""

from __future__ import annotations

import json
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import boto3
import pytest
from botocore.session import get_session
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.scripted import Answer, Scripted, scripted
from unit.tooling.remote.stages import NOON, running

from portable.errors import NotFound, PermissionDenied, PortableError, Throttled, Unavailable
from portable.tooling.infra.remote import LogsWanted
from portable.tooling.remote.running import chosen
from portable_aws.deploy.remote.stage import AwsRemote

EVENTS = Answer(200, b'{"events": [{"eventId": "1", "timestamp": 1769860800000, "message": "hello\\n"}]}')
IDENTITY = Answer(
    200,
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
)
SERVICES = get_session().get_component("data_loader")
"""What botocore has read of AWS's services: each test has another session, and reading takes 40 ms."""
ONE = LogsWanted(chosen(running(), ("hello",)), NOON)


def refusal(code: str, status: int = 400) -> Answer:
    return Answer(status, json.dumps({"__type": code, "message": "no"}).encode())


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with scripted() as server:
        for name, value in {
            "AWS_ENDPOINT_URL": server.url,
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/nowhere",
            "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(time, "sleep", lambda seconds: None)
        core = get_session()
        core.register_component("data_loader", SERVICES)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session(botocore_session=core))
        yield server


def test_the_log_group_and_the_time_are_those_of_the_function(aws: Scripted) -> None:
    aws.play(EVENTS)
    [found] = AwsRemote(running()).logs(ONE)
    assert (found.id, found.at, found.function, found.text) == ("1", NOON, "hello", "hello")
    asked = json.loads(aws.requests[0])
    assert asked == {"logGroupName": "/aws/lambda/shop-dev-hello", "startTime": 1769860800000}


def test_all_pages_of_a_log_are_read(aws: Scripted) -> None:
    aws.play(Answer(200, b'{"events": [], "nextToken": "more"}'), EVENTS)
    assert len(list(AwsRemote(running()).logs(ONE))) == 1
    assert json.loads(aws.requests[1])["nextToken"] == "more"


def test_events_without_an_id_keep_theirs_from_reading_to_reading(aws: Scripted) -> None:
    event = {"timestamp": 1769860800000, "message": "hello", "logStreamName": "s"}
    aws.play(Answer(200, json.dumps({"events": [event, event]}).encode()))
    first, again = (list(AwsRemote(running()).logs(ONE)) for _ in range(2))
    assert [line.id for line in first] == [line.id for line in again]
    assert len({line.id for line in first}) == 2


def test_throttling_is_waited_out_and_told_in_the_end(aws: Scripted) -> None:
    aws.play(refusal("ThrottlingException"), refusal("ThrottlingException"), EVENTS)
    assert len(list(AwsRemote(running()).logs(ONE))) == 1
    aws.play(refusal("ThrottlingException"))
    with pytest.raises(Throttled, match="wait a minute"):
        list(AwsRemote(running()).logs(ONE))


@pytest.mark.parametrize(
    ("code", "error", "says"),
    [
        ("ExpiredTokenException", PermissionDenied, "aws sso login"),
        ("UnrecognizedClientException", PermissionDenied, "does not accept the credentials"),
        ("AccessDeniedException", PermissionDenied, "does not allow it"),
        ("ResourceNotFoundException", NotFound, "nothing is deployed to the stage dev"),
        ("InvalidParameterException", PortableError, "AWS refused: InvalidParameterException"),
    ],
)
def test_a_refusal_says_what_was_refused_and_what_to_do(
    aws: Scripted, code: str, error: type[PortableError], says: str
) -> None:
    aws.play(refusal(code))
    with pytest.raises(error, match=says):
        list(AwsRemote(running()).logs(ONE))


def test_a_group_that_is_missing_beside_others_is_passed_over(aws: Scripted) -> None:
    aws.play(refusal("ResourceNotFoundException"), EVENTS)
    assert list(AwsRemote(running()).logs(replace(ONE, functions=chosen(running(), ("hello", "work")))))


def test_without_credentials_the_message_says_how_to_sign_in(aws: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(PermissionDenied, match=r"nobody is signed in to AWS.*AWS_PROFILE"):
        list(AwsRemote(running()).logs(ONE))


def test_without_a_region_the_message_names_the_variable(aws: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with pytest.raises(PortableError, match="AWS_REGION=eu-central-1"):
        list(AwsRemote(running()).logs(ONE))


def test_a_missing_package_is_told_with_what_installs_it(aws: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(PortableError, match=r'pip install "portable-functions\[aws\]"'):
        list(AwsRemote(running()).logs(ONE))


def test_a_call_that_gets_no_answer_is_never_made_twice(aws: Scripted) -> None:
    from portable.eventing.request import Request
    from portable.tooling.remote.calling import as_model

    aws.play(Answer(500, b"{}"))
    function = as_model(chosen(running(), ("hello",))[0])
    with pytest.raises(PortableError, match="calling shop-dev-hello"):
        AwsRemote(running()).invoke(function, (Request("GET", "/hello/Ada", "", [], b"", "127.0.0.1"),))
    assert len(aws.requests) == 1


def test_an_update_waits_for_the_one_before_it(aws: Scripted, tmp_path: Path) -> None:
    artifact = tmp_path / "bundle.zip"
    artifact.write_bytes(b"zip")
    live = Answer(200, b'{"Configuration": {"LastUpdateStatus": "Successful"}}')
    updated = Answer(200, json.dumps({"CodeSha256": b64encode(sha256(b"zip").digest()).decode()}).encode())
    aws.play(IDENTITY, Answer(200), refusal("ResourceConflictException", 409), live, updated, live)
    put = AwsRemote(running()).publish(artifact)
    assert put("shop-dev-hello").sha256 == sha256(b"zip").hexdigest()


def test_code_that_does_not_become_live_is_told_with_the_reason(
    aws: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = tmp_path / "bundle.zip"
    artifact.write_bytes(b"zip")
    failed = {"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "the zip is broken"}
    updated = Answer(200, json.dumps({"CodeSha256": b64encode(sha256(b"zip").digest()).decode()}).encode())
    aws.play(IDENTITY, Answer(200), updated, Answer(200, json.dumps({"Configuration": failed}).encode()))
    put = AwsRemote(running()).publish(artifact)
    with pytest.raises(Unavailable, match="did not become live: the zip is broken"):
        put("shop-dev-hello")
    aws.play(updated, refusal("AccessDeniedException", 403))
    with pytest.raises(Unavailable, match="did not become live: no"):
        put("shop-dev-hello")


def test_aws_that_does_not_answer_at_all_is_told(aws: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="Look at the network"):
        list(AwsRemote(running()).logs(ONE))


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=40), st.timedeltas(timedelta(0), timedelta(days=1)))
def test_a_request_id_is_a_filter_only_where_it_cannot_be_anything_else(request_id: str, back: timedelta) -> None:
    from portable_aws.deploy.remote.logs import asked_for

    asked = asked_for(replace(ONE, request=request_id or None, since=NOON - back))
    assert asked.get("filterPattern") in (None, f'"{request_id}"')
    if "filterPattern" in asked:
        assert request_id.replace("-", "").isalnum()
        assert request_id.isascii()
    assert asked["startTime"] <= (NOON - back).timestamp() * 1000
