"""Who may call, in the document: security schemes, what each operation asks, and the replies to those who are not let in."""

from __future__ import annotations

from pathlib import Path

from openapi_spec_validator import validate
from unit.tooling.app.openapi.documents import described

SOURCE = """
from portable import Principal, Secret, Setting, Table

users = http.jwt("https://id.example/", "shop", scopes=["orders:read"])
anybody = http.jwt("https://id.example", "shop")
elsewhere = http.jwt(Setting("issuer"), "shop")
keys = http.api_key(Secret("keys"), header="X-Key")

def session(token: Annotated[str | None, http.Cookie("session")] = None) -> Principal | None: ...

def anyhow(request: Request) -> Principal | None: ...

@function(http.get("/open"))
def open_to_all() -> None: ...

@function(http.get("/scoped", auth=users))
def scoped(who: Principal) -> None: ...

@function(http.get("/signed", auth=anybody))
def signed() -> None: ...

@function(http.get("/elsewhere", auth=elsewhere))
def other() -> None: ...

@function(http.get("/key", auth=keys))
def key() -> None: ...

@function(http.get("/basic", auth=http.basic(Secret("passwords"))))
def basic() -> None: ...

@function(http.post("/hook", auth=http.signature(Secret("hook"), scheme="stripe", replays=Table("seen", key="id", ttl="ends"))))
def hook(body: bytes) -> None: ...

@function(http.get("/session", auth=http.signed_in(session)))
def in_session() -> None: ...

@function(http.get("/own", auth=http.signed_in(anyhow)))
def own() -> None: ...
"""


def test_each_kind_is_a_scheme_of_its_own_and_the_same_one_stands_there_once(tmp_path: Path) -> None:
    made = described(tmp_path, SOURCE)
    validate(made)
    schemes = made["components"]["securitySchemes"]
    asked = {path: each.get("security") for path, methods in made["paths"].items() for each in methods.values()}
    assert asked["/open"] is None
    assert asked["/scoped"] == [{"jwt": ["orders:read"]}]
    assert asked["/signed"] == [{"jwt": []}]
    assert schemes["jwt"] == {
        "type": "openIdConnect",
        "openIdConnectUrl": "https://id.example/.well-known/openid-configuration",
    }
    assert schemes[next(iter(asked["/elsewhere"][0]))] == {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    assert schemes["api-key"] == {"type": "apiKey", "in": "header", "name": "x-key"}
    assert schemes["basic"] == {"type": "http", "scheme": "basic"}
    assert schemes["signature"]["name"] == "Stripe-Signature"
    assert (schemes["signed-in"]["in"], schemes["signed-in"]["name"]) == ("cookie", "session")
    assert schemes["signed-in-2"]["scheme"] == "bearer"
    assert len(schemes) == 7


def test_the_replies_to_those_who_are_not_let_in(tmp_path: Path) -> None:
    paths = described(tmp_path, SOURCE)["paths"]
    assert list(paths["/open"]["get"]["responses"]) == ["204", "default"]
    assert list(paths["/scoped"]["get"]["responses"]) == ["204", "401", "403", "503", "default"]
    assert list(paths["/key"]["get"]["responses"]) == ["204", "401", "default"]
    assert list(paths["/hook"]["post"]["responses"]) == ["204", "401", "409", "413", "default"]
