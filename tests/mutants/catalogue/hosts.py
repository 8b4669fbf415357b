"""Mistakes that are visible only on some hosts: code that relies on how one host decodes, counts and names."""

from __future__ import annotations

from mutants.form import PLAIN, WIRES, mistake


@mistake(
    "A header is looked up by the case in which one client writes it.",
    right="request.headers ignores case.",
    app="""
@function(http.get("/who"))
def who(request: Request) -> str:
    return request.headers.get("X-Caller") or "unknown"
""",
    change={'request.headers.get("X-Caller")': 'dict(request.headers.items()).get("X-Caller")'},
    found_by=PLAIN,
)
def a_caller_is_known(cloud, app):
    assert cloud.http.get("/who", headers={"X-Caller": "web"}).expect(200).text == "web"


@mistake(
    "A body is treated as text.",
    right="request.body is bytes: do not decode it.",
    app="""
files = Bucket("files")

@function(http.put("/files/{name}"))
def store(name: str, request: Request, bucket: Annotated[BucketWriter, files]) -> None:
    bucket.put(name, request.body)
""",
    change={"request.body)": 'request.body.decode("utf-8", "ignore").encode())'},
    found_by=PLAIN,
)
def a_picture_stays_as_it_is(cloud, app):
    cloud.http.put("/files/a.png", content=b"\xff\xd8\x00").expect(204)
    assert cloud.bucket(app.files).get("a.png") == b"\xff\xd8\x00"


@mistake(
    "The handler reads the native event of one cloud.",
    right="Read the request, which is the same on all clouds.",
    app="""
@function(http.get("/who"))
def who(request: Request, context: Context) -> str:
    return request.headers.get("X-Caller") or "unknown"
""",
    change={
        'request.headers.get("X-Caller")': '(context.native or ({"headers": {"x-caller": "web"}},))[0]["headers"]["x-caller"]'
    },
    found_by=WIRES,
)
def a_caller_is_known_everywhere(cloud, app):
    assert cloud.http.get("/who", headers={"X-Caller": "web"}).expect(200).text == "web"


@mistake(
    "The code relies on the form of request ids on one host.",
    right="Accept any text.",
    app="""
names = Queue("names")
there = Table("there", key="id")

@function(names.messages())
def name(message: Message[str], context: Context, rows: Annotated[TableWriter, there]) -> None:
    rows.put({"id": message.payload, "by": context.request_id})
""",
    change={'"by": context.request_id}': '"by": int(context.request_id.removeprefix("call-"))}'},
    found_by=WIRES,
)
def a_request_id_is_any_text(cloud, app):
    cloud.queue(app.names).send("ada")
    cloud.settle()
    assert cloud.table(app.there).get("ada")["id"] == "ada"


@mistake(
    "The code relies on the attempt number, which some triggers do not have.",
    right="Expect that it is None.",
    app="""
files = Bucket("files")
there = Table("there", key="key")

@function(files.created())
def created(found: StoredObject, context: Context, rows: Annotated[TableWriter, there]) -> None:
    rows.put({"key": found.key, "again": (context.attempt or 1) > 1})
""",
    change={"(context.attempt or 1) > 1": "context.attempt > 1"},
    found_by=WIRES,
)
def an_attempt_may_be_unknown(cloud, app):
    cloud.bucket(app.files).put("a", b"x")
    cloud.settle()
    assert cloud.table(app.there).get("a")["key"] == "a"
