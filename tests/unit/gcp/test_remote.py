"""A stage on Google Cloud, against a server with the shape of its REST APIs."""

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
from servers.google_stage import NAMES, PLACE, Google, Signer, entry
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
from portable.tooling.remote.reading import lines
from portable.tooling.remote.running import chosen
from portable_gcp.deploy.remote.cloud import Endpoints
from portable_gcp.deploy.remote.logs import literal, log_filter
from portable_gcp.deploy.remote.stage import GcpRemote

ALL = LogsWanted(chosen(running(), ()), NOON)
PLACED = ("p-1", "europe-west1")


def stage(*, public: bool = True, **outputs: Any) -> Running:
    """Return a stage with one HTTP service and a service for each other function."""
    found = running(**outputs)
    functions = tuple(
        replace(
            function,
            entry="http" if function.trigger["kind"] == "http" else function.name,
            public=public and function.trigger["kind"] == "http",
            details={"source": "main.py"},
        )
        for function in found.blueprint.functions
    )
    resources = (ResourceModel("bucket", "photos", {}),)
    return replace(found, blueprint=replace(found.blueprint, target="gcp", functions=functions, resources=resources))


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    for name in (
        "GOOGLE_PROJECT",
        "GOOGLE_CLOUD_PROJECT",
        "CLOUDSDK_CORE_PROJECT",
        "GOOGLE_REGION",
        "CLOUDSDK_RUN_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    with routed() as server:
        yield Google(server)


def remote(google: Google, there: Running | None = None) -> GcpRemote:
    return GcpRemote(there or stage(), Endpoints(*[google.server.url] * 5), Signer())


def call(google: Google, name: str, *events: Any, there: Running | None = None) -> Answer:
    talks = remote(google, there)
    return talks.invoke(as_model(chosen(talks.running, (name,))[0]), events)


def test_lines_of_all_services_are_read_page_by_page_and_are_shown_as_they_were_written(google: Google) -> None:
    own = {"message": "hello", "function": "hello", "execution_id": "e-1", "logger": "shop", "stack_trace": "Traceback"}
    google.entries = [
        entry(1, severity="ERROR", jsonPayload=own),
        entry(2, "shop-dev-work", textPayload="plain\n", labels={"execution_id": "e-2"}),
        entry(3, httpRequest={"requestMethod": "GET", "requestUrl": "/hello/a", "status": 200}),
    ]
    found = lines(remote(google), ALL)
    assert [(line.function, line.level, line.request, line.message) for line in found] == [
        ("hello", "ERROR", "e-1", "hello"),
        ("work", "", "e-2", "plain"),
        ("hello", "", "", "GET /hello/a 200 -"),
    ]
    assert found[0].traceback == "Traceback"
    asked = google.server.asked("entries:list")
    assert [call.json().get("pageToken") for call in asked] == [None, "1", "2"]
    assert asked[0].json()["resourceNames"] == ["projects/p-1"]
    assert all(f'"{name}"' in asked[0].json()["filter"] for name in NAMES)


def test_only_the_services_of_the_wanted_functions_are_read(google: Google) -> None:
    list(remote(google).logs(replace(ALL, functions=chosen(stage(), ("work",)))))
    assert 'service_name=("shop-dev-work")' in google.server.asked("entries:list")[0].json()["filter"]


def test_a_request_goes_to_the_service_as_it_is(google: Google) -> None:
    request = Request("GET", "/hello/A%20b", "x=1", [("x-a", "1")], b"", "127.0.0.1")
    answer = call(google, "hello", request)
    assert answer.response is not None
    assert (answer.response.status, answer.response.body) == (200, b"hi")
    known = Request("GET", "/hello/A", "", [("authorization", "Bearer of the caller")], b"", "127.0.0.1")
    call(google, "hello", known, there=stage(public=False))
    first, second = google.server.asked("/hello/")
    assert (first.path, first.headers["x-a"]) == ("/hello/A%20b?x=1", "1")
    assert "authorization" not in first.headers
    assert second.headers["authorization"] == "Bearer of the caller"


@pytest.mark.parametrize(
    ("name", "event", "topic", "data", "attributes"),
    [
        ("work", Message("m", b'{"a": 1}', 1, {"x": "1"}), "shop-dev-jobs", '{"a": 1}', {"x": "1"}),
        ("notify", Message("m", b"text", 1, {"kind": "paid"}), "shop-dev-orders_topic", "text", {"kind": "paid"}),
        (
            "index",
            StoredObject("photos", "in/a.jpg", 5, "e"),
            "shop-dev-index_events",
            '"in/a.jpg"',
            {"objectId": "in/a.jpg"},
        ),
        ("count", Record("r", b"1", "k", "1", NOON, 1, {}), "shop-dev-clicks_stream", "1", {}),
    ],
)
def test_any_other_event_is_published_as_its_service_publishes_it(
    google: Google, name: str, event: Any, topic: str, data: str, attributes: dict[str, str]
) -> None:
    answer = call(google, name, event)
    [sent] = google.server.asked(f"/topics/{topic}:publish")
    [message] = sent.json()["messages"]
    assert data in b64decode(message["data"]).decode()
    assert attributes.items() <= message.get("attributes", {}).items()
    assert message.keys() <= {"data", "attributes", "orderingKey"}
    assert not answer.known
    assert f"--function {name}" in answer.notes[-1]


def test_an_object_is_in_the_bucket_by_its_own_name(google: Google) -> None:
    call(google, "index", StoredObject("photos", "in/a.jpg"))
    [sent] = google.server.asked(":publish")
    assert sent.json()["messages"][0]["attributes"]["bucketId"] == "shop-dev-photos-123456789012"


def test_a_tick_runs_the_job_of_the_schedule(google: Google) -> None:
    call(google, "nightly", Tick(NOON))
    assert google.server.asked(f"/v1/{PLACE}/jobs/shop-dev-nightly:run")


def test_an_event_that_others_would_get_as_well_is_refused_by_name(google: Google) -> None:
    there = stage()
    work = there.blueprint.functions[1]
    other = replace(work, name="audit", entry="audit", trigger={"kind": "topic", "topic": "orders", "filter": None})
    there = replace(there, blueprint=replace(there.blueprint, functions=(*there.blueprint.functions, other)))
    with pytest.raises(UnsupportedError, match="audit would get it"):
        call(google, "notify", Message("m", b"1", 1, {"kind": "paid"}), there=there)
    assert not google.server.calls


def test_code_is_uploaded_without_a_token_built_and_waited_for(google: Google, tmp_path: Path) -> None:
    artifact = tmp_path / "bundle.zip"
    artifact.write_bytes(b"zip")
    talks = remote(google)
    assert dict(talks.units())["shop-dev"] == ("hello",)
    assert {code.mark for code in talks.code(list(NAMES)).values()} == {"builds/0"}
    put = talks.publish(artifact)
    assert put("shop-dev-work").mark == "builds/1"
    assert google.uploaded == [b"zip"]
    assert "authorization" not in google.server.asked("PUT /upload")[0].headers
    [patch] = google.server.asked("PATCH")
    assert patch.json()["buildConfig"]["source"]["storageSource"] == {"bucket": "uploads", "object": "0.zip"}
    google.fails = "requirements.txt cannot be installed"
    with pytest.raises(Unavailable, match=r"cannot be installed\. It runs the code of before"):
        put("shop-dev-work")


@pytest.mark.parametrize(
    ("said", "error", "says"),
    [
        (Said({"error": {"message": "expired"}}, 401), PermissionDenied, "gcloud auth application-default login"),
        (Said({"error": {"message": "no right"}}, 403), PermissionDenied, "does not allow it: no right"),
        (Said({"functions": []}), NotFound, "portable deploy --target gcp --stage dev"),
        (Said({"error": {"message": "busy"}}, 409), Conflict, "something else changes it"),
    ],
)
def test_a_refusal_says_what_was_refused_and_what_to_do(
    google: Google, said: Said, error: type[PortableError], says: str
) -> None:
    google.server.first.append(said)
    with pytest.raises(error, match=says):
        remote(google, stage(project=PLACED[0], region=PLACED[1])).code(["shop-dev"])


def test_throttling_is_waited_out_and_told_in_the_end(google: Google) -> None:
    google.server.first += [Said(None, 429), Said(None, 503)]
    assert list(remote(google).logs(ALL)) == []
    google.server.first += [Said(None, 429)] * 7
    with pytest.raises(Throttled, match="wait a minute"):
        list(remote(google).logs(ALL))


def test_an_event_is_never_published_twice(google: Google) -> None:
    google.server.routes.insert(0, ("POST", ".*:publish", lambda call: Said(None, 503)))
    with pytest.raises(Unavailable):
        call(google, "work", Message("m", b"1", 1, {}))
    assert len(google.server.asked(":publish")) == 1


def test_project_and_region_are_those_of_the_last_deployment_then_those_of_variables(
    google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_PROJECT", "p-1")
    remote(google).code(["shop-dev"])
    remote(google, stage(project=PLACED[0], region=PLACED[1])).code(["shop-dev"])
    asked = [call.path.partition("?")[0] for call in google.server.asked("GET /v2/.*pageToken")]
    assert asked == ["/v2/projects/p-1/locations/-/functions", f"/v2/{PLACE}/functions"]


def test_without_anybody_signed_in_the_message_says_how(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json")
    with pytest.raises(PermissionDenied, match=r"nobody is signed in to Google Cloud .*gcloud auth"):
        GcpRemote(stage(project=PLACED[0], region=PLACED[1]), Endpoints(*[google.server.url] * 5)).code(["shop-dev"])


def test_a_missing_package_is_told_with_what_installs_it(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)
    monkeypatch.setitem(sys.modules, "google.auth.exceptions", None)
    with pytest.raises(PortableError, match=r'pip install "portable-functions\[gcp\]"'):
        GcpRemote(stage(project="p-1", region="r"), Endpoints(*[google.server.url] * 5)).code(["shop-dev"])


@given(st.text())
@example('" OR severity>=DEFAULT OR "')
@example("\\")
@example("\n")
def test_a_text_in_a_filter_is_one_literal_with_the_same_text(text: str) -> None:
    found = literal(text)
    assert re.fullmatch(r'"(?:[^"\\\x00-\x1f]|\\["\\bfnrt]|\\u[0-9a-f]{4})*"', found)
    assert json.loads(found) == text.encode("utf-8", "replace").decode()


@given(st.text(), st.lists(st.text(), min_size=2, max_size=2))
def test_a_filter_has_the_same_shape_whatever_is_asked_for(request_id: str, services: list[str]) -> None:
    def shape(found: str) -> str:
        return re.sub(r'"(?:[^"\\]|\\.)*"', '"T"', found)

    wanted = replace(ALL, level="ERROR")
    found = log_filter(replace(wanted, request=request_id), services)
    assert shape(found) == shape(log_filter(replace(wanted, request="r"), ["a", "b"]))
