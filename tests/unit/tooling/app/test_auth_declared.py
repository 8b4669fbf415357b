"""Who may call: what is declared on a route or for the app, what it needs, and what is refused with its place."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from unit.tooling.entry.apps import imported

from portable.errors import DeclarationError
from portable.tooling.app.collect import collect
from portable.tooling.app.handlers import loaded_modules
from portable.tooling.app.http_settings import HttpSettings
from portable.tooling.app.model import AppModel, Grant, providers_of
from portable.tooling.app.needs import needs
from portable.tooling.infra.blueprint import is_public
from portable.tooling.shipped import requirements_of
from portable.tooling.targets import load_target

HEAD = """
from dataclasses import dataclass
from typing import Annotated, Any
from portable import (
    AsyncTableReader, Depends, HTTPError, Idempotent, Principal, Queue, Request, Secret, Setting, Table, TableReader,
    TableReadWriter, function, http,
)

keys = Secret("api-keys")
users = Table("users", key="id")
seen = Table("seen", key="id")
jobs = Queue("jobs")
tokens = http.jwt("https://id.example", "orders", scopes=["read"])

class User(Principal):
    pass

@dataclass
class Account:
    name: str
"""


def declared(folder: Path, source: str, **files: str) -> AppModel:
    with imported(folder, source, HEAD, **files) as app:
        return app


def refused(folder: Path, source: str) -> str:
    with pytest.raises(DeclarationError) as caught:
        declared(folder, source)
    assert caught.value.where is not None
    assert ".py:" in caught.value.where
    return caught.value.message


def test_every_form_is_plain_data_of_the_trigger(tmp_path: Path) -> None:
    app = declared(
        tmp_path,
        """
        def check(request: Request) -> Principal | None: ...
        @function(http.get("/a", auth=http.jwt(Setting("issuer"), ["a", Setting("api")], algorithms=["RS256"])))
        def fa(): ...
        @function(http.get("/b", auth=http.api_key(keys, header="X-Key")))
        def fb(): ...
        @function(http.get("/c", auth=http.basic(keys)))
        def fc(): ...
        @function(http.post("/d", auth=http.signature(keys, "slack", replays=seen)))
        def fd(): ...
        @function(http.get("/e", auth=http.signed_in(check)))
        def fe(): ...
        @function(http.get("/f", auth=None))
        def ff(): ...
        @function(http.get("/g"))
        def fg(): ...
        """,
    )
    assert [function.trigger["auth"] for function in app.functions] == [
        {
            "kind": "jwt",
            "issuer": {"setting": "issuer"},
            "audience": ["a", {"setting": "api"}],
            "scopes": [],
            "algorithms": ["RS256"],
        },
        {"kind": "api-key", "header": "x-key", "secret": "api-keys"},
        {"kind": "basic", "secret": "api-keys"},
        {"kind": "signature", "scheme": "slack", "secret": "api-keys", "replays": "seen"},
        {"kind": "signed-in", "check": "check"},
        None,
        None,
    ]
    assert [function.name for function in app.functions if is_public(function)] == ["ff", "fg"]
    assert [function.grants for function in app.functions] == [
        (Grant("api", "setting", ("read",)), Grant("issuer", "setting", ("read",))),
        (Grant("api-keys", "secret", ("read",)),),
        (Grant("api-keys", "secret", ("read",)),),
        (Grant("api-keys", "secret", ("read",)), Grant("seen", "table", ("delete", "get", "put", "update"))),
        (),
        (),
        (),
    ]
    assert {(each.kind, each.name) for each in app.resources} == {
        ("setting", "issuer"),
        ("setting", "api"),
        ("secret", "api-keys"),
        ("table", "seen"),
    }
    assert msgspec.json.decode(msgspec.json.encode(app), type=AppModel) == app


def test_the_library_for_tokens_ships_only_with_functions_that_take_them(tmp_path: Path) -> None:
    app = declared(
        tmp_path,
        """
        @function(http.get("/a", auth=tokens))
        def fa(): ...
        @function(http.get("/b", auth=http.api_key(keys)))
        def fb(): ...
        """,
    )
    for name in ("aws", "azure", "container", "gcp", "openfaas"):
        target = load_target(name)
        assert "pyjwt[crypto]>=2.10" in requirements_of(target, needs(app))
        assert "pyjwt[crypto]>=2.10" not in requirements_of(target, needs(replace(app, functions=app.functions[1:])))


def test_the_permissions_of_a_check_are_those_of_the_functions_that_use_it(tmp_path: Path) -> None:
    app = declared(
        tmp_path,
        """
        def rows(table: Annotated[TableReader, users]) -> TableReader: ...
        def check(key: Annotated[str, keys], table: Annotated[TableReader, Depends(rows)]) -> Account | None: ...
        @function(http.get("/a", auth=http.signed_in(check)))
        def fa(who: Account): ...
        @function(http.get("/b"))
        def fb(): ...
        """,
    )
    guarded, public = app.functions
    assert guarded.grants == (Grant("api-keys", "secret", ("read",)), Grant("users", "table", ("get", "query")))
    assert public.grants == ()
    assert [provider.call.home[1] for provider in providers_of(guarded) if provider.call.home] == ["rows", "check"]
    assert [parameter.source for parameter in guarded.parameters] == ["principal"]


@pytest.mark.parametrize("kind", ["Principal", "User", "User | None"])
def test_a_parameter_may_be_wider_than_what_the_check_returns(tmp_path: Path, kind: str) -> None:
    [function] = declared(
        tmp_path,
        f"""
        def check(request: Request) -> User | None: ...
        @function(http.get("/a", auth=http.signed_in(check)))
        def fa(who: {kind}, n: int = 1): ...
        """,
    ).functions
    assert [parameter.source for parameter in function.parameters] == ["principal", "query"]


def test_a_provider_may_ask_who_calls(tmp_path: Path) -> None:
    [function] = declared(
        tmp_path,
        """
        def name(who: Principal) -> str: ...
        @function(http.get("/a", auth=tokens))
        def fa(name: Annotated[str, Depends(name)]): ...
        """,
    ).functions
    provider = function.parameters[0].provider
    assert provider is not None
    assert [parameter.source for parameter in provider.parameters] == ["principal"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('@function(http.get("/a", auth="key"))\ndef fa(): ...', r"auth='key' must be http.jwt"),
        ('@function(http.get("/a", auth=keys))\ndef fa(): ...', r"must be http.jwt"),
        ('@function(http.get("/a"))\ndef fa(who: Principal): ...', "the route has no auth="),
        ('@function(http.get("/a", auth=None))\ndef fa(who: User): ...', "the route has no auth="),
        ('@function(http.get("/a", auth=tokens))\ndef fa(who: User): ...', "who calls is something else"),
        ("@function(jobs.messages())\ndef fa(who: Principal): ...", "nobody calls a queue function"),
        (
            'def check(request: Request): ...\n@function(http.get("/a", auth=http.signed_in(check)))\ndef fa(): ...',
            "check must say whom it returns",
        ),
        (
            'def check() -> bool: ...\n@function(http.get("/a", auth=http.signed_in(check)))\ndef fa(): ...',
            "check must say whom it returns",
        ),
        (
            'def check() -> None: ...\n@function(http.get("/a", auth=http.signed_in(check)))\ndef fa(): ...',
            "check must say whom it returns",
        ),
        (
            'def check() -> "Nobody": ...\n@function(http.get("/a", auth=http.signed_in(check)))\ndef fa(): ...',
            "cannot be evaluated",
        ),
        (
            'def check(x) -> User: ...\n@function(http.get("/a", auth=http.signed_in(check)))\ndef fa(): ...',
            'parameter "x" of check has no annotation',
        ),
        (
            'def check(who: Principal) -> User: ...\n@function(http.get("/a", auth=http.signed_in(check)))\ndef fa(): ...',
            "what it is asked for is who calls",
        ),
        (
            'def check() -> User: yield 1\n@function(http.get("/a", auth=http.signed_in(check)))\ndef fa(): ...',
            "is a generator",
        ),
        (
            'async def check() -> User: ...\n@function(http.get("/a", auth=http.signed_in(check)))\ndef fa(): ...',
            "is async, but fa is def",
        ),
        (
            "def check(t: Annotated[TableReader, users]) -> User: ...\n"
            '@function(http.get("/a", auth=http.signed_in(check)))\nasync def fa(): ...',
            "AsyncTableReader",
        ),
        (
            'def make():\n    def check() -> User: ...\n    return check\n@function(http.get("/a", auth=http.signed_in(make())))\n'
            "def fa(): ...",
            "no name at the top level",
        ),
        (
            '@function(http.get("/a", auth=http.signature(keys, "slack", replays=Table("rr", key="id", sort="s"))))\ndef fa(): ...',
            r"http.signature\(replays=Table",
        ),
        (
            'def check() -> Account: ...\n@function(http.get("/a", auth=http.signed_in(check)), idempotent=Idempotent(seen))\n'
            "def fa(): ...",
            "no Principal, so it has no subject",
        ),
        (
            '@function(http.get("/a", auth=http.api_key(keys)), idempotent=Idempotent(seen))\n'
            'def fa(user: Annotated[str, http.Header("x-user-token")]): ...',
            'reads the header "x-user-token"',
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, source: str, said: str) -> None:
    message = refused(tmp_path, "\n" + source)
    assert re.search(said, message), message


def test_the_caller_of_an_idempotent_route_is_its_principal(tmp_path: Path) -> None:
    source = """
        @function(http.post("/a", auth=tokens), idempotent=Idempotent(seen))
        def fa(request: Request, auth: Annotated[str, http.Header("authorization")]): ...
    """
    [function] = declared(tmp_path, source).functions
    assert function.idempotent is not None


def test_the_app_says_who_may_call_a_route_that_does_not(tmp_path: Path) -> None:
    source = """
        @function(http.get("/a"))
        def fa(who: Principal | None): ...
        @function(http.get("/b", auth=None))
        def fb(): ...
        @function(http.get("/c", auth=http.basic(keys)))
        def fc(): ...
        @function(jobs.messages())
        def fd(): ...
    """
    with pytest.raises(DeclarationError, match="the route has no auth="):
        declared(tmp_path, source)
    source = source.replace("who: Principal | None", "")
    with imported(tmp_path, source, HEAD) as app:
        modules = [module for module in loaded_modules(tmp_path.resolve()) if module.__name__ in app.modules]

        def with_auth(name: str) -> AppModel:
            folder = Path(str(modules[0].__file__)).parent
            return collect("written", folder, modules, (), HttpSettings(auth=f"{modules[0].__name__}:{name}"))

        found = with_auth("tokens")
        kinds = [(f.trigger.get("auth") or {}).get("kind") for f in found.functions]
        assert kinds == ["jwt", None, "basic", None]
        assert found.functions[0].auth is not None
        assert found.functions[0].auth.value.home == (modules[0].__name__, "tokens")
        assert found.functions[3].auth is None
        for name in ("nothing", "keys", "users"):
            with pytest.raises(
                DeclarationError, match=r'\[tool.portable.http\] auth = ".*" must name what auth= takes'
            ):
                with_auth(name)
        folder = Path(str(modules[0].__file__)).parent
        with pytest.raises(DeclarationError, match="must name"):
            collect("written", folder, modules, (), HttpSettings(auth="no_such_module_at_all:tokens"))
