"""Functions of Azure's model v2 with its own requests and events, and what they become in the kit: the same replies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from unit.tooling.adopt.azure_sources import GAPS, SHOP
from unit.tooling.adopt.sides import Answer, Asked, answer, as_json, sides, told, written

from portable.tooling.adopt.values import Kind

func: Any = pytest.importorskip("azure.functions")

ASKED = (
    (Asked("GET", "/api/hello?name=Ada"), "hello", {}),
    (Asked("POST", "/api/hello", *as_json(name="Bob")), "hello", {}),
    (Asked("POST", "/api/hello", b"{"), "hello", {}),
    (Asked("GET", "/api/files/a/b%20c", headers={"accept-language": "de"}), "files", {"path": "a/b c"}),
    (Asked("POST", "/api/raw", "zoë".encode()), "raw", {}),
    (Asked("POST", "/api/typed", *as_json(a=1, b=2)), "typed", {}),
    (Asked("GET", "/api/early"), "early", {}),
    (Asked("GET", "/api/early/7"), "early", {"id": "7"}),
    (Asked("GET", "/api/early?q=a"), "early", {}),
    (
        Asked("PUT", "/api/orders/7", as_json(sku="tea")[0], {"content-type": "application/json", "x-agent": "me"}),
        "put_order",
        {"id": "7"},
    ),
    (Asked("POST", "/api/orders/8", *as_json(sku="tea")), "put_order", {"id": "8"}),
)
TOLD = ("x-a", "content-type")


class Out:
    """What the worker gives for an output."""

    def __init__(self) -> None:
        self.value: Any = None

    def set(self, value: Any) -> None:
        """Keep the value."""
        self.value = value


def original(function: Any, asked: Asked, route: dict[str, str], outputs: dict[str, Out]) -> Answer:
    """Return what the host sends for what the function of the source returns."""
    url = urlsplit(asked.path)
    request = func.HttpRequest(
        asked.method,
        asked.path,
        headers=dict(asked.headers),
        params=dict(parse_qsl(url.query)),
        route_params=route,
        body=asked.body,
    )
    made = function(request, **outputs)
    if hasattr(made, "send"):  # a coroutine that waits for nothing
        with pytest.raises(StopIteration) as ended:
            made.send(None)
        made = ended.value.value
    made = func.HttpResponse(made) if isinstance(made, str) else made
    media = f"{made.mimetype}; charset={made.charset}" if made.mimetype.startswith("text/") else made.mimetype
    return Answer.of(made.status_code, made.get_body(), {"content-type": media, **dict(made.headers)}, TOLD)


def test_both_apps_answer_the_same(tmp_path: Path) -> None:
    with sides(SHOP, tmp_path) as (before, after, cloud, adopted):
        functions = {item.get_user_function().__name__: item.get_user_function() for item in before.app.get_functions()}
        for asked, name, route in ASKED:
            outputs = {"msg": Out(), "blob": Out()} if name == "put_order" else {}
            assert answer(cloud, asked, TOLD) == original(functions[name], asked, route, outputs), asked
            if outputs:
                assert cloud.queue(after.sent).pending[-1].text() == outputs["msg"].value
                assert cloud.bucket(after.orders).get(f"{route['id']}.json").decode() == outputs["blob"].value
        cloud.http.get("/api/typed").expect(405)
        cloud.http.post("/api/typed", content=b"{").expect(400)
    assert ("37", "a body that is no JSON is a 400, before it was an error of the function") in told(
        adopted, Kind.changed
    )


def test_events_arrive_as_before(tmp_path: Path) -> None:
    with sides(SHOP, tmp_path) as (_, after, cloud, _):
        cloud.schedule(after.often).fire()
        cloud.queue(after.jobs).send("job")
        cloud.settle()
        cloud.bucket(after.photos).put("a.jpg", b"pixels")
        cloud.settle()
        cloud.stream(after.clicks).send(b"click", key="k")
        cloud.settle()
        cloud.topic(after.news).publish(b"news")
        cloud.settle()
        assert after.DONE == ["tick", "job", "photos/a.jpg 6", b"click", b"news"]
        assert [message.text() for message in cloud.queue(after.done).pending] == ["done True"]
        assert cloud.bucket(after.thumbs).get("a.png") == b"pixels"
        assert after.often.__portable__.trigger.expression == "*/5 * * * *"


def test_the_code_is_one_that_a_person_would_keep(tmp_path: Path) -> None:
    text, _ = written(SHOP, tmp_path)
    assert (
        """
@function(http.any("/api/hello"))
def hello(req: Request, name: str | None = None) -> Response:
    logging.info("a request")

    if not name:
        try:
            req_body = json.loads(req.body)
        except ValueError:
"""
        in text
    )
    assert (
        """
@function(http.put("/api/orders/{id}"))
def put_order(
"""
        in text
    )
    assert "    data = req.json()  # what was ordered\n    msg.send(json.dumps(data))\n" in text
    assert '    blob.put(f"{id}.json", json.dumps(data).encode())\n' in text
    assert '    return Response.json(made, 201, {"X-A": "b"})\n' in text
    assert (
        """
@function(http.post("/api/typed"))
def typed(body: dict[str, Any]) -> Response:
    return Response.json({"sum": body["a"] + body["b"]})
"""
        in text
    )
    assert "    if (timer.fired_at - timer.scheduled_at).total_seconds() > 60:\n" in text
    assert "azure" not in text


def test_nothing_is_lost_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text(
        '{"extensions": {"http": {"routePrefix": ""}, "queues": {"maxDequeueCount": 7}},\n "retry": {}}'
    )
    (tmp_path / "local.settings.json").write_text(json.dumps({"Values": {"AzureWebJobsStorage": "x", "TOKEN": "t"}}))
    (tmp_path / "function_app.py").write_text(GAPS)
    from portable.tooling.adopt.adopting import adopt

    adopted = adopt(tmp_path)
    text = adopted.files["function_app.py"].decode()
    lost, changed = dict(told(adopted, Kind.lost)), dict(told(adopted, Kind.changed))
    assert lost["22"] == "@bp.event_grid_trigger of grid"
    assert lost["27"] == "@app.cosmos_db_trigger of changed"
    assert lost["32"] == "run_on_startup=True: the function is not called when an instance starts"
    said = [what for line, what in told(adopted, Kind.changed) if line == "32"]
    assert said[0].endswith("it fires once a minute: schedules of portable have no seconds")
    assert said[1] == "a call that fails is tried three times in all; Azure calls the function once"
    assert lost["37"] == "the schedule is no literal"
    assert lost["42"] == "cosmos_db_output of work: nothing is written"
    assert lost["45"] == "msg.pop_receipt of the event has no counterpart"
    assert lost["59"] == "client = df.Thing()"
    assert lost["2"] == "host.json: retry"
    assert "the path of admin is reserved" in lost["17"]
    assert "auth_level FUNCTION" in changed["12"]
    assert "TOKEN" in dict(told(adopted, Kind.set_up))["1"]
    assert "a Bucket with" in next(note.instead for note in adopted.notes if note.kind is Kind.client)
    assert '@function(http.get("/secret", auth=function_key))' in text
    assert "@function(my_jobs.messages(), retry=Retry(attempts=7), dead_letter=True)" in text
    assert '    # doc.set(func.Document.from_dict({"id": 1}))\n' in text
    assert "# def grid(event: func.EventGridEvent):\n" in text
    assert "\ndef changed(docs):\n    return len(docs)\n" in text
    assert "# client = df.Thing()\n" in text
    assert sorted(adopted.files) == [".gitignore", "function_app.py", "pyproject.toml"]


def test_an_asgi_app_is_mounted(tmp_path: Path) -> None:
    source = (
        "import azure.functions as func\nfrom fastapi import FastAPI\n\nweb = FastAPI()\n"
        "app = func.AsgiFunctionApp(app=web, http_auth_level=func.AuthLevel.ANONYMOUS)\n"
    )
    text, adopted = written(source, tmp_path)
    assert (
        text == 'from fastapi import FastAPI\nfrom portable import http\n\nweb = FastAPI()\napp = http.asgi("/", web)\n'
    )
    assert [item.trigger for item in adopted.functions] == ['http.asgi("/", web)']
