"""The examples of the page on HTTP; they run from top to bottom."""

# --- http
from typing import Annotated

from portable import function, http


@function(http.get("/photos/{name}", cors=http.Cors(origins=("https://shop.example",), max_age=3600)))
def photo(name: str, size: int = 0, agent: Annotated[str, http.Header("user-agent")] = "") -> dict[str, object]:
    return {"name": name, "size": size, "agent": agent}


@function(http.put("/files/{path:path}", max_body=100_000))
def save(path: str, body: bytes, session: Annotated[str | None, http.Cookie("session")] = None) -> str:
    return f"{path}: {len(body)} bytes, session {session}"


@function(http.post("/comments"))
def comment(text: Annotated[str, http.Form(max_field=10_000)], stars: Annotated[int, http.Form] = 5) -> str:
    return f"{stars}: {text}"


assert photo("cat.jpg", size=2) == {"name": "cat.jpg", "size": 2, "agent": ""}
assert comment("nice") == "5: nice"

# --- Principal
from portable import Principal, Secret


@function(http.get("/keys", auth=http.api_key(Secret("partner-keys"))))
def keys(who: Principal) -> str:
    return who.subject


assert keys(Principal("acme")) == "acme"

# --- Request
from portable import Request
from portable.testing import events


@function(http.any("/echo/{rest:path}"))
def echo(request: Request) -> dict[str, object]:
    return {
        "method": request.method,
        "path": request.path,
        "rest": request.path_params.get("rest"),
        "tags": request.query.getlist("tag"),
        "agent": request.headers.get("user-agent"),
        "session": request.cookies.get("session"),
        "caller": request.client_ip,
        "body": request.text(),
    }


assert echo(events.http("POST", "/echo/a?tag=x&tag=y", content="hi"))["tags"] == ["x", "y"]

# --- UploadedFile
from portable import HTTPError, Request, UploadedFile


@function(http.post("/photos"))
def add(request: Request) -> dict[str, object]:
    form = request.form()
    photo: UploadedFile = form.file("photo")  # 400 if it is missing, or a text
    if photo.open().read(2) != b"\xff\xd8":
        raise HTTPError(415, "a photo is a JPEG")
    return {"title": form.text("title"), "name": photo.filename, "size": photo.size}


sent = events.http("POST", "/photos", files={"photo": ("cat.jpg", b"\xff\xd8", "image/jpeg")}, data={"title": "Cat"})
assert add(sent) == {"title": "Cat", "name": "cat.jpg", "size": 2}

# --- Response
from portable import Response


@function(http.post("/login"))
def login(body: dict[str, str]) -> Response:
    reply = Response.json({"hello": body["name"]}, status=201, headers={"cache-control": "no-store"})
    return reply.set_cookie("session", "abc", max_age=3600, secure=True, httponly=True, samesite="strict")


@function(http.get("/old"))
def old() -> Response:
    return Response.redirect("/new", status=308)


@function(http.get("/logo"))
def logo() -> Response:
    return Response(b"<svg/>", media_type="image/svg+xml")


assert login({"name": "ada"}).status == 201
assert old().header("location") == "/new"
assert logo().header("content-type") == "image/svg+xml"
