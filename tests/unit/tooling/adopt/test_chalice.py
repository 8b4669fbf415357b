"""A Chalice app in Chalice's own test client, and what it becomes in the kit: the same replies to the same requests."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from unit.tooling.adopt.chalice_sources import GAPS, GUARDED, SHOP
from unit.tooling.adopt.sides import Answer, Asked, answer, as_json, sides, told, written

from portable.tooling.adopt.values import Kind

pytest.importorskip("chalice")
from chalice.config import Config
from chalice.local import LocalGateway

ASKED = (
    Asked("GET", "/items/tea", headers={"accept-language": "de", "origin": "https://a.example"}),
    Asked("GET", "/items/milk%20x"),
    Asked("PUT", "/items/milk", as_json(price=2)[0], {**as_json()[1], "origin": "https://a.example"}),
    Asked("GET", "/items/milk", headers={"origin": "https://a.example"}),
    Asked("DELETE", "/items/milk", headers={"origin": "https://a.example"}),
    Asked("GET", "/search?word=a%20b&word=c", headers={"x-agent": "me"}),
    Asked("GET", "/search?limit=", headers={"x-agent": "me"}),
    Asked("GET", "/every"),
    Asked("GET", "/every?b=1&a=2&b=3"),
    Asked("POST", "/orders", *as_json(sku="tea")),
    Asked("POST", "/orders", *as_json(name="tea")),
    Asked("POST", "/orders", *as_json(sku="a", b=1, c=2)),
    Asked("POST", "/orders", b"{", {"content-type": "application/json"}),
    Asked("PUT", "/maybe", *as_json()),
    Asked("PUT", "/maybe", *as_json(a=1)),
    Asked("GET", "/page"),
    Asked("POST", "/page"),
)
TOLD = ("x-a", "location", "content-type", "access-control-allow-origin", "access-control-expose-headers")


def test_both_apps_answer_the_same(tmp_path: Path) -> None:
    with sides(SHOP, tmp_path) as (before, after, cloud, _):
        gateway = LocalGateway(before.app, Config())
        for asked in ASKED:
            expected = original(gateway, asked)
            found = answer(cloud, asked, TOLD)
            if (
                expected.status >= 400 and "x-a" not in expected.headers
            ):  # errors are {"detail": …}, as the report tells
                assert isinstance(found.body, dict), asked
                assert (found.status, list(found.body)[:1]) == (expected.status, ["detail"]), asked
            elif expected.status != 204:
                assert found == expected, asked
            else:  # API Gateway sends a Content-Type then, too
                assert (found.status, found.body) == (204, b"")
        assert after.SEEN == before.SEEN == ["me", "me"]


def original(gateway: Any, asked: Asked) -> Answer:
    """Return what API Gateway sends for what the app of Chalice returns; its default is application/json."""
    from chalice.local import LocalGatewayException

    try:
        reply = gateway.handle_request(asked.method, asked.path, dict(asked.headers), asked.body)
    except LocalGatewayException as error:
        return Answer.of(error.CODE, error.body or b"", error.headers, TOLD)
    headers = {"content-type": "application/json", **{name.lower(): value for name, value in reply["headers"].items()}}
    return Answer.of(reply["statusCode"], reply["body"].encode(), headers, TOLD)


def test_both_apps_see_the_same_events(tmp_path: Path) -> None:
    with sides(SHOP, tmp_path) as (before, after, cloud, _):
        before.work({"Records": [{"body": "", "receiptHandle": "1"}, {"body": "job", "receiptHandle": "2"}]}, None)
        before.heard({"Records": [{"Sns": {"Message": "news!", "Subject": "", "MessageAttributes": {}}}]}, None)
        before.stored({"Records": [{"s3": {"bucket": {"name": "photos"}, "object": {"key": "a+b.jpg"}}}]}, None)
        record = {"data": base64.b64encode(b"one").decode(), "sequenceNumber": "1", "partitionKey": "k"}
        record |= {"kinesisSchemaVersion": "1.0", "approximateArrivalTimestamp": 1.0}
        before.clicked({"Records": [{"kinesis": record}]}, None)
        cloud.queue(after.jobs).send("")
        cloud.queue(after.jobs).send("job")
        cloud.settle()
        cloud.topic(after.news).publish("news!")
        cloud.settle()
        cloud.bucket(after.photos).put("a b.jpg", b"1")
        cloud.settle()
        cloud.stream(after.clicks).send(b"one", key="k")
        cloud.settle()
        assert after.SEEN == before.SEEN == ["job", "news!", "photos/a b.jpg", [b"one"]]
        cloud.schedule(after.often).fire(at="2026-01-01T00:05")
        assert after.SEEN[-1] == "2026-01-01T00:05:00Z"
        assert after.evening.__portable__.trigger.expression == "0 18 * * MON-FRI"
        assert after.clicked.__portable__.trigger.start == "oldest"


def test_the_code_is_one_that_a_person_would_keep(tmp_path: Path) -> None:
    text, _ = written(SHOP, tmp_path)
    assert (
        """
@function(http.get("/search"))
@logged
def search(request: Request, word: str | None = None, limit: str = "10") -> dict[str, Any]:
    # what is looked for
    return {"word": word, "limit": limit, "agent": agent(request)}
"""
        in text
    )
    assert (
        '''
@function(http.post("/orders"))
def order(body: dict[str, Any]) -> Response:
    """Take an order."""
    if "sku" not in body:
        raise HTTPError(400, f'''
        in text
    )
    assert (
        """
@function(jobs.messages(batch=5))
def work(record: Message[str]) -> None:
    # each one
    if not record.payload:
        return
    SEEN.append(record.payload)
"""
        in text
    )
    assert 'cors = http.Cors(origins=("https://a.example",), expose=("X-A",), max_age=60)' in text
    assert "# adopt: a client never gets a traceback; portable dev shows them\n# app.debug = False\n" in text


def test_a_route_with_an_authorizer_is_never_public(tmp_path: Path) -> None:
    text = GUARDED.replace('make("x")', "(lambda: None)")
    with sides(
        text.replace('@app.route("/unknown", authorizer=(lambda: None))', '@app.route("/unknown")'), tmp_path
    ) as (_, after, cloud, adopted):
        allowed = {"authorization": "allow"}
        assert cloud.http.get("/mine", headers=allowed).expect(200).json() == {"who": "ada"}
        refused = [("/mine", {}), ("/mine", {"authorization": "deny"}), ("/other", allowed)]
        refused += [(path, allowed) for path in ("/pool", "/custom", "/table", "/key")]
        assert [cloud.http.get(path, headers=headers).status_code for path, headers in refused] == [401] * 7
        assert after.pool.issuer == "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"
    lost = dict(told(adopted, Kind.lost))
    assert "its routes let nobody in until you write its check" in lost["6"]
    assert "its routes let nobody in until you write its check" in lost["16"]
    assert '@function(http.get("/unknown", auth=http.signed_in(nobody_yet)))' in written(GUARDED, tmp_path)[0]


def test_nothing_is_lost_without_a_word(tmp_path: Path) -> None:
    text, adopted = written(GAPS, tmp_path)
    lost = dict(told(adopted, Kind.lost))
    assert lost["12"] == "@app.on_ws_message of ws"
    assert lost["17"] == "@app.lambda_function of direct"
    assert lost["23"] == "@app.on_dynamodb_record of changed"
    assert lost["29"] == "@app.middleware of tell"
    assert "does not divide an hour or a day" in lost["34"]
    assert lost["41"] == "current_request.stage_vars has no counterpart"
    assert "no literals" in lost["44"]
    assert lost["49"] == "app.register_middleware(tell)"
    assert '# @app.lambda_function(name="direct")\ndef direct(event, context):\n    # kept\n    return event\n' in text
    assert '# @app.on_ws_message()\n# def ws(event):\n#     app.websocket_api.send(event.connection_id, "x")\n' in text
    assert '    # adopt: a Request of portable has no stage_vars\n    return {"ip": request.client_ip, ' in text
    assert 'boto3 "dynamodb"' in dict(told(adopted, Kind.client))["9"]
    assert [line for line, _ in told(adopted, Kind.set_up)] == ["8", "9"]
    assert [function.name for function in adopted.functions] == ["ip"]


def test_a_project_is_written_around_the_app(tmp_path: Path) -> None:
    from portable.tooling.adopt.adopting import adopt

    shop = tmp_path / "shop"
    (shop / "chalicelib").mkdir(parents=True)
    (shop / ".chalice").mkdir()
    (shop / "app.py").write_text(
        "from chalice import Chalice\nfrom chalicelib.users import users\n\n"
        'app = Chalice(app_name="my_shop")\napp.register_blueprint(users, url_prefix="/users")\n\n\n'
        '@app.schedule("rate(1 hour)")\ndef hourly(event):\n    pass\n'
    )
    (shop / "chalicelib/__init__.py").write_text("")
    (shop / "chalicelib/users.py").write_text(
        "from chalice import Blueprint\n\nusers = Blueprint(__name__)\n\n\n"
        '@users.route("/")\ndef index():\n    return []\n\n\n@users.route("/{name}", methods=["GET"])\ndef user(name):\n    return {"name": name}\n'
    )
    (shop / ".chalice/config.json").write_text(
        '{"app_name": "my_shop", "lambda_memory_size": 512, "environment_variables": {"LEVEL": "info"},\n'
        ' "lambda_functions": {"hourly": {"lambda_timeout": 120}}, "iam_policy_file": "p.json",\n'
        ' "stages": {"dev": {}, "prod": {"environment_variables": {"LEVEL": "error"}}}}'
    )
    (shop / "requirements.txt").write_text("chalice==1.31  # web\nrequests>=2\n")
    (shop / ".env").write_text("SECRET=x")
    adopted = adopt(shop)
    texts = {path: content.decode() for path, content in adopted.files.items()}
    assert sorted(texts) == [
        ".gitignore",
        "app.py",
        "chalicelib/__init__.py",
        "chalicelib/users.py",
        "environment.py",
        "pyproject.toml",
        "requirements.txt",
    ]
    assert texts["requirements.txt"] == "requests>=2\nportable-functions\n"
    assert 'name = "my-shop"\nmodules = ["app", "chalicelib.users"]' in texts["pyproject.toml"]
    assert [(item.name, item.trigger) for item in adopted.functions] == [
        ("hourly", "schedule.every(hours=1)"),
        ("index", 'http.get("/users")'),
        ("user", 'http.get("/users/{name}")'),
    ]
    assert "@function(schedule.every(hours=1), memory=512, timeout=120, environment=ENVIRONMENT)" in texts["app.py"]
    assert texts["environment.py"].endswith('ENVIRONMENT = {\n    "LEVEL": "info",\n}\n')
    lost = [note.where for note in adopted.notes if note.kind is Kind.lost]
    assert lost == [".chalice/config.json", ".chalice/config.json:2"]
