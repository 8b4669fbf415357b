"""Functions of functions-framework in its own server's client, and what they become in the kit: the same replies."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from unit.tooling.adopt.sides import Answer, Asked, answer, as_json, sides, told, written

from portable.tooling.adopt.values import Kind

pytest.importorskip("flask")

WEB = '''
import base64
import json

import flask
import functions_framework
from cloudevents.http import CloudEvent
from flask import abort, jsonify, make_response, redirect
from markupsafe import escape

SEEN = []


@functions_framework.http
def greet(request: flask.Request) -> flask.typing.ResponseReturnValue:
    """HTTP Cloud Function."""
    name = request.args.get("name", "World")  # who
    return f"Hello {name}!", 201, {"x-seen": str(len(name))}


@functions_framework.http
def page(request):
    request_json = request.get_json(silent=True)
    request_args = request.args

    if request_json and "name" in request_json:
        name = request_json["name"]
    elif request_args and "name" in request_args:
        name = request_args["name"]
    else:
        name = "World"
    return f"<p>Hello {escape(name)}!"


@functions_framework.http
def api(request):
    if request.method == "OPTIONS":
        headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Max-Age": "3600"}
        return ("", 204, headers)
    if request.method == "GET":
        return redirect("/greet?name=x")
    if request.method == "PUT":
        return flask.Response(request.get_data(), status=202, mimetype="application/x-thing")
    if request.method != "POST":
        return abort(405)
    data = request.get_json()
    if not data:
        abort(400, description="no data")
    if "x" in data:
        response = make_response(jsonify({"x": 1}), 202)
        response.headers["X-A"] = "b"
        return response
    if "raw" in data:
        return json.dumps(data), 200, {"Content-Type": "application/json"}
    if "made" in data:
        return made(data)
    return jsonify(got=data, agent=request.headers.get("x-agent"), tags=request.args.getlist("tag"))


def made(data):
    if data["made"] == 1:
        return "<b>made</b>", 203
    return {"made": data["made"]}


@functions_framework.http
def where(request):
    return {"path": request.path.rpartition("/")[2]}


@functions_framework.cloud_event
def stored(event):
    data = event.data
    SEEN.append(f"{data['bucket']}/{data['name']}")


@functions_framework.cloud_event
def heard(cloud_event: CloudEvent) -> None:
    # what was told
    SEEN.append("Hello, " + base64.b64decode(cloud_event.data["message"]["data"]).decode() + "!")
    SEEN.append(cloud_event.data["message"]["attributes"])
'''
ASKED = (
    Asked("GET", "/greet"),
    Asked("POST", "/greet?name=a%20b"),
    Asked("GET", "/page?name=<b>"),
    Asked("POST", "/page", *as_json(name="Ada")),
    Asked("POST", "/page", b"{", {"content-type": "application/json"}),
    Asked("POST", "/page", b'{"name": "x"}', {"content-type": "text/plain"}),
    Asked("OPTIONS", "/api"),
    Asked("GET", "/api"),
    Asked("PUT", "/api", b"\x00\xff"),
    Asked("DELETE", "/api"),
    Asked("POST", "/api", *as_json()),
    Asked("POST", "/api", b"{", {"content-type": "application/json"}),
    Asked("POST", "/api", *as_json(x=1)),
    Asked("POST", "/api", *as_json(raw=[1, 2])),
    Asked("POST", "/api", *as_json(made=1)),
    Asked("POST", "/api", *as_json(made=2)),
    Asked("POST", "/api?tag=a&tag=b", as_json(y=2)[0], {"content-type": "application/json", "x-agent": "me"}),
)
TOLD = ("x-a", "x-seen", "location", "content-type", "access-control-allow-origin", "access-control-max-age")


def test_both_apps_answer_the_same(tmp_path: Path) -> None:
    from functions_framework import create_app

    with sides(WEB, tmp_path) as (before, _, cloud, adopted):
        clients = {name: create_app(name, before.__file__).test_client() for name in ("greet", "page", "api", "where")}
        for asked in ASKED:
            target, _, rest = asked.path[1:].partition("?")
            reply = clients[target].open(f"/?{rest}", method=asked.method, data=asked.body, headers=dict(asked.headers))
            expected = Answer.of(reply.status_code, reply.data, dict(reply.headers), TOLD)
            found = answer(cloud, asked, TOLD)
            if expected.status >= 400:  # errors are {"detail": …}, as the report tells
                assert isinstance(found.body, dict), asked
                assert (found.status, list(found.body)[:1]) == (expected.status, ["detail"]), asked
            elif target == "greet":  # text without markup is text/plain, as the report tells
                assert found[:2] == expected[:2], asked
                assert (found.headers["x-seen"], found.headers["content-type"]) == (
                    expected.headers["x-seen"],
                    "text/plain; charset=utf-8",
                )
            elif 300 <= expected.status < 400:
                assert (found.status, found.headers["location"]) == (expected.status, expected.headers["location"])
            elif expected.status == 204:
                expected.headers.pop("content-type")
                assert found == expected
            else:
                assert found == expected, asked
        assert (
            clients["where"].get("/deep").json == cloud.http.get("/where/deep").expect(200).json() == {"path": "deep"}
        )
    assert ("18", "text without markup is sent as text/plain, Flask sends it as text/html") in told(
        adopted, Kind.changed
    )


def test_both_apps_see_the_same_events(tmp_path: Path) -> None:
    from cloudevents.http import CloudEvent

    with sides(WEB, tmp_path) as (before, after, cloud, _):
        seen = {"type": "t", "source": "s"}
        before.stored(CloudEvent(seen, {"bucket": "stored", "name": "a b"}))
        data = base64.b64encode(b"news").decode()
        before.heard(CloudEvent(seen, {"message": {"data": data, "attributes": {"a": "b"}}}))
        cloud.bucket(after.stored_bucket).put("a b", b"1")
        cloud.settle()
        cloud.topic(after.heard_topic).publish(b"news", attributes={"a": "b"})
        cloud.settle()
        assert after.SEEN == before.SEEN == ["stored/a b", "Hello, news!", {"a": "b"}]


def test_the_code_is_one_that_a_person_would_keep(tmp_path: Path) -> None:
    text, _ = written(WEB, tmp_path)
    assert (
        '''
@function(http.any("/greet"))
def greet(name: str = "World"):
    """HTTP Cloud Function."""
    # who
    return Response.text(f"Hello {name}!", 201, {"x-seen": str(len(name))})
'''
        in text
    )
    assert (
        """
@function(heard_topic.messages())
def heard(cloud_event: Message[bytes]) -> None:
    # what was told
    SEEN.append("Hello, " + cloud_event.payload.decode() + "!")
    SEEN.append(cloud_event.attributes)
"""
        in text
    )
    assert "import flask" not in text
    assert "base64" not in text


OLD = '''
import base64

from google.cloud import storage
from flask import Flask


def hello_pubsub(event, context):
    """Background Cloud Function."""
    if "data" in event:
        name = base64.b64decode(event["data"]).decode("utf-8")
    print(name, context.event_id, context.resource)


def hello_rtdb(event, context):
    print(event["delta"])


def hello_http(request):
    return storage.Client().bucket(request.args["name"]).exists()
'''


def test_functions_without_a_decorator_are_found_in_main(tmp_path: Path) -> None:
    text, adopted = written(OLD, tmp_path, "main.py")
    assert [(item.name, item.trigger) for item in adopted.functions] == [
        ("hello-pubsub", "hello_pubsub_topic.messages()"),
        ("hello-http", 'http.any("/")'),
    ]
    assert '    if bool(event.payload):\n        name = event.payload.decode("utf-8")\n' in text
    assert "    # adopt: a Message of portable has no resource\n    print(name, event.id, context.resource)\n" in text
    lost = dict(told(adopted, Kind.lost))
    assert lost["15"] == "hello_rtdb: the source does not say what sends its events"
    assert "\ndef hello_rtdb(event, context):\n" in text
    assert "google.cloud.storage" in dict(told(adopted, Kind.client))["4"]


TYPED = '''
import functions_framework
from dataclasses import dataclass


@dataclass
class Point:
    x: int

    @staticmethod
    def from_dict(obj):
        return Point(obj["x"])


class Old:
    def __init__(self, y):
        self.y = y

    @staticmethod
    def from_dict(obj):
        return Old(obj["y"])

    def to_dict(self):
        return {"y": self.y}


@functions_framework.typed
def point(p: Point):
    return Point(p.x + 1)


@functions_framework.typed(Old)
def old(o):
    """Typed."""
    return Old(o.y + 1)
'''


def test_typed_functions_take_a_body_of_their_type(tmp_path: Path) -> None:
    with sides(TYPED, tmp_path) as (_, _, cloud, _):
        assert cloud.http.post("/point", json={"x": 1}).expect(200).json() == {"x": 2}
        assert cloud.http.post("/old", json={"y": 1}).expect(200).json() == {"y": 2}
        cloud.http.post("/point", json={"x": "a"}).expect(400)
