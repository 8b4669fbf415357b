"""A stage on Azure, against a server with the shape of Resource Manager, Azure Monitor, function apps and One Deploy."""

from __future__ import annotations

import json
import re
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from servers.azure_stage import APP, Azure
from servers.routed import Said, routed
from unit.tooling.remote.stages import NOON, running

from portable.errors import (
    Conflict,
    NotFound,
    PermissionDenied,
    PortableError,
    Throttled,
    Unavailable,
    UnsupportedError,
)
from portable.eventing.message import Message
from portable.eventing.record import Record
from portable.eventing.request import Request
from portable.eventing.schedule import Tick
from portable.storage.event import StoredObject
from portable.tooling.app.model import ResourceModel
from portable.tooling.infra.remote import Answer, LogsWanted, Running
from portable.tooling.remote.calling import as_model
from portable.tooling.remote.running import chosen
from portable_azure.deploy.remote.cloud import Endpoints
from portable_azure.deploy.remote.kql import literal, query
from portable_azure.deploy.remote.stage import AzureRemote

TYPES = {"http": "httpTrigger", "schedule": "timerTrigger", "object": "queueTrigger", "stream": "eventHubTrigger"}
ALL = LogsWanted(chosen(running(), ()), NOON)


def stage(gateway: bool = False, **outputs: Any) -> Running:
    """Return a stage whose functions are in one function app, but for `work`, which has its own."""
    found = running(**outputs)
    functions = tuple(
        replace(
            function,
            identity="work" if function.name == "work" else "app_",
            details={"type": TYPES.get(function.trigger["kind"], "queueTrigger"), "gateway": gateway},
        )
        for function in found.blueprint.functions
    )
    resources = (ResourceModel("bucket", "photos", {}),)
    return replace(found, blueprint=replace(found.blueprint, target="azure", functions=functions, resources=resources))


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Azure]:
    for name in ("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    with routed() as server:
        yield Azure(server)


def remote(azure: Azure, **outputs: Any) -> AzureRemote:
    url = azure.server.url
    return AzureRemote(stage(**outputs), Endpoints(url, url, "logs", "http"), lambda scope: f"token of {scope}")


def call(azure: Azure, name: str, *events: Any, gateway: bool = False) -> Answer:
    there = remote(azure, gateway=gateway)
    return there.invoke(as_model(chosen(there.running, (name,))[0]), events)


def row(text: str, **more: Any) -> dict[str, Any]:
    found = {
        "Id": "1",
        "TimeGenerated": "2026-01-31T12:00:01.5Z",
        "Message": text,
        "SeverityLevel": 2,
        "OperationId": "op",
    }
    return {
        **found,
        "OperationName": "",
        "AppRoleName": APP,
        "InvocationId": "i-1",
        "Category": "Function.hello.User",
        **more,
    }


def test_lines_are_read_from_the_insights_of_the_stage_with_the_function_that_wrote_them(azure: Azure) -> None:
    azure.rows = [row("hello"), row("host", Id="2", Category="Host.Results", SeverityLevel=None)]
    lines = list(remote(azure).logs(ALL))
    assert [(line.id, line.function, line.level, line.request) for line in lines] == [
        ("1", "hello", "WARNING", "i-1"),
        ("2", APP, "", "i-1"),
    ]
    assert (lines[0].at - NOON).total_seconds() == 1.5
    [asked] = azure.server.asked("/query")
    assert asked.headers["authorization"] == "Bearer token of logs"
    assert f'AppRoleName in~ ("{APP}", "shop-dev-work-0a1b2c3d")' in asked.json()["query"]


def test_only_the_app_of_the_wanted_functions_is_read_and_following_looks_for_it_once(azure: Azure) -> None:
    talks = remote(azure)
    wanted = replace(ALL, functions=chosen(talks.running, ("work",)))
    for _ in range(3):
        list(talks.logs(wanted))
    assert len(azure.server.asked("Web/sites")) == 1
    assert 'in~ ("shop-dev-work-0a1b2c3d")' in azure.server.asked("/query")[0].json()["query"]


def test_rows_without_an_id_are_told_apart_by_what_they_hold(azure: Azure) -> None:
    azure.rows = [row("a", Id=""), row("b", Id=""), row("a", Id="")]
    first, again = ([line.id for line in remote(azure).logs(ALL)] for _ in range(2))
    assert first == again
    assert len(set(first)) == 2


def test_an_answer_that_is_only_a_part_is_an_error(azure: Azure) -> None:
    azure.server.routes.insert(
        0, ("POST", ".*/query", lambda call: Said({"tables": [], "error": {"message": "too much"}}))
    )
    with pytest.raises(PortableError, match=r"only a part: too much.*--since"):
        list(remote(azure).logs(ALL))


def test_a_request_goes_to_the_url_of_the_app_with_a_key_only_behind_a_gateway(azure: Azure) -> None:
    answer = call(azure, "hello", Request("GET", "/hello/A%20b", "x=1&x=2", [("x-a", "1")], b"", "127.0.0.1"))
    [sent] = azure.server.asked("/hello/")
    assert sent.path == "/hello/A%20b?x=1&x=2"
    assert sent.headers["x-a"] == "1"
    assert not {"authorization", "x-functions-key"} & sent.headers.keys()
    assert answer.response is not None
    assert (answer.response.status, answer.response.body, answer.response.cookies) == (200, b"hi", ["a=1", "b=2"])
    call(azure, "hello", Request("GET", "/hello/behind"), gateway=True)
    assert azure.server.asked("/hello/behind")[0].headers["x-functions-key"] == "f-1"


@pytest.mark.parametrize(
    ("name", "event", "says"),
    [
        ("work", Message("m", b'{"a": 1}', 1, {}), '{"a": 1}'),
        ("nightly", Tick(NOON), '"IsPastDue"'),
        ("notify", Message("m", b"text", 1, {"kind": "paid"}), '"kind"'),
        ("index", StoredObject("photos", "in/a.jpg", 5, "e"), "/photos/blobs/in/a.jpg"),
    ],
)
def test_any_other_event_goes_to_the_admin_api_as_the_text_of_its_service(
    azure: Azure, name: str, event: Any, says: str
) -> None:
    answer = call(azure, name, event)
    [sent] = azure.server.asked(f"/admin/functions/{name}")
    assert sent.headers["x-functions-key"] == "m-1"
    assert "authorization" not in sent.headers
    text = sent.json()["input"]
    assert says in text or says in b64decode(text).decode()
    assert not answer.known
    assert f"portable logs --target azure --stage dev --function {name}" in answer.notes[0]


def test_records_of_a_stream_are_refused_by_name(azure: Azure) -> None:
    with pytest.raises(UnsupportedError, match="hands over no batch of them"):
        call(azure, "count", Record("r", b"1", "k", "1", NOON, 1, {}))
    assert not azure.server.calls


def test_code_goes_to_the_app_and_is_waited_for(azure: Azure, tmp_path: Path) -> None:
    artifact = tmp_path / "bundle.zip"
    artifact.write_bytes(b"zip")
    talks = remote(azure)
    assert dict(talks.units())["shop-dev-work-0a1b2c3d"] == ("work",)
    assert talks.code([APP])[APP].mark == ""
    put = talks.publish(artifact)
    assert put(APP).mark == "d-1"
    assert talks.code([APP])[APP].mark == "d-1"
    [sent] = azure.server.asked("POST /api/publish")
    assert (sent.body, sent.headers["content-type"]) == (b"zip", "application/zip")
    assert sent.headers["authorization"] == f"Bearer token of {azure.server.url}/.default"
    azure.refuses = "function_app.py has a fault"
    with pytest.raises(Unavailable, match=r"function_app.py has a fault\. It runs the code of before"):
        put(APP)


def test_an_app_that_may_not_write_to_its_storage_yet_is_tried_again(azure: Azure, tmp_path: Path) -> None:
    artifact = tmp_path / "bundle.zip"
    artifact.write_bytes(b"zip")
    talks = remote(azure)
    talks.units()
    none, refused = Said({}, 404), Said({"message": "BlobUploadFailedException"}, 400)
    azure.server.first += [none, refused, refused]
    assert talks.publish(artifact)(APP).mark == "d-1"


@pytest.mark.parametrize(
    ("said", "error", "says"),
    [
        (Said({"error": {"message": "expired"}}, 401), PermissionDenied, "az login"),
        (Said({"error": {"message": "no right"}}, 403), PermissionDenied, "does not allow it: no right"),
        (Said({"error": {"message": "gone"}}, 404), NotFound, "portable deploy --target azure --stage dev"),
        (Said({"error": {"message": "busy"}}, 409), Conflict, "something else changes it"),
        (Said(b"<html>proxy", 418), PortableError, "<html>proxy"),
    ],
)
def test_a_refusal_says_what_was_refused_and_what_to_do(
    azure: Azure, said: Said, error: type[PortableError], says: str
) -> None:
    azure.server.first.append(said)
    with pytest.raises(error, match=says):
        remote(azure, subscription="s-1").units()


def test_throttling_is_waited_out_as_long_as_azure_asks_and_told_in_the_end(
    azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    azure.server.first += [
        Said(None, 429, (("Retry-After", "3"),)),
        Said(None, 429, (("Retry-After", "9999"),)),
        Said(None, 503),
    ]
    assert remote(azure, subscription="s-1").units()
    assert waits[:2] == [3.0, 30.0]
    azure.server.first += [Said(None, 429)] * 7
    with pytest.raises(Throttled, match="wait a minute"):
        remote(azure, subscription="s-1").units()


def test_a_call_of_a_function_is_never_made_twice(azure: Azure) -> None:
    azure.server.routes.insert(0, ("POST", "/admin/functions/work", lambda call: Said(None, 503)))
    with pytest.raises(Unavailable):
        call(azure, "work", Message("m", b"1", 1, {}))
    assert len(azure.server.asked("/admin/functions/work")) == 1


def test_a_stage_without_its_apps_and_an_unclear_subscription_are_told(
    azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = {"value": [{"subscriptionId": "s-1"}, {"subscriptionId": "s-2"}]}
    azure.server.first.append(Said(two))
    with pytest.raises(PortableError, match=r"ARM_SUBSCRIPTION_ID.*s-1.*s-2"):
        remote(azure).units()
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", "s-1")
    azure.server.first.append(Said({"value": []}))
    with pytest.raises(NotFound, match=r"has no function app of this app\. Deploy the stage dev first"):
        remote(azure).units()


def test_without_anybody_signed_in_the_message_says_how(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity import DefaultAzureCredential

    def refuse(self: object, scope: str) -> None:
        raise ClientAuthenticationError("DefaultAzureCredential failed\nmany lines")

    monkeypatch.setattr(DefaultAzureCredential, "get_token", refuse)
    url = azure.server.url
    with pytest.raises(PermissionDenied, match=r"nobody is signed in to Azure .*az login"):
        AzureRemote(stage(subscription="s-1"), Endpoints(url, url, "logs", "http")).units()


def test_a_missing_package_is_told_with_what_installs_it(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    url = azure.server.url
    with pytest.raises(PortableError, match=r'pip install "portable-functions\[azure\]"'):
        AzureRemote(stage(subscription="s-1"), Endpoints(url, url, "logs", "http")).units()


LITERAL = re.compile(r'"((?:[A-Za-z0-9\-_. :/]|\\u[0-9a-f]{4})*)"')
"""A literal of Kusto whose only escapes are of UTF-16 units."""


@given(st.text())
@example('" or 1 == 1 //')
@example("\\")
@example("\n| take 1")
def test_a_text_in_a_query_is_one_literal_with_the_same_text(text: str) -> None:
    found = literal(text)
    match = LITERAL.fullmatch(found)
    assert match is not None
    assert json.loads(f'"{match[1]}"') == text


@given(st.text(), st.lists(st.text(), min_size=1, max_size=3))
def test_a_query_has_the_same_shape_whatever_is_asked_for(request_id: str, apps: list[str]) -> None:
    found = query(replace(ALL, request=request_id, level="ERROR"), apps)
    shape = re.sub(r'("T"(, )?)+\)', '"T")', LITERAL.sub('"T"', found))
    plain = re.sub(r'("T"(, )?)+\)', '"T")', LITERAL.sub('"T"', query(replace(ALL, request="r", level="ERROR"), ["a"])))
    assert shape == plain
