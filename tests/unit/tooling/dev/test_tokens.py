"""Tokens of `portable dev`: taken on this machine, kept over a reload, and by nobody else."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from unit.eventing.callers import At, asking, refused
from unit.tooling.rules.apps import HTTP, app, function

from portable import PortableError, http
from portable.eventing.auth_jwt import JwtVerifier
from portable.eventing.auth_key_sets import KeySets
from portable.tooling.cli.main import program
from portable.tooling.dev.observed import ObservedDrivers
from portable.tooling.dev.tokens import DevTokens

AWAY = "http://127.0.0.1:1"
"""An issuer that nobody can reach."""
JWT = {"kind": "jwt", "issuer": AWAY, "audience": ["orders"], "scopes": ["read"], "algorithms": ["RS256", "ES256"]}
MODEL = app(function("home", HTTP), function("order", {**HTTP, "path": "/order", "auth": JWT}))


@dataclass
class Nothing:
    """Drivers of no resource."""


def check_of(tokens: DevTokens) -> JwtVerifier:
    """Return the check of a route as `portable dev` makes it."""
    drivers: Any = ObservedDrivers(Nothing(), lambda: None, lambda value: None, tokens)  # type: ignore[arg-type]
    return JwtVerifier(http.jwt(AWAY, "orders", ["read"]), drivers, KeySets(drivers))


def bearing(token: str) -> Any:
    return asking({"authorization": f"Bearer {token}"})


def test_a_token_is_taken_although_the_issuer_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tokens = DevTokens(MODEL, tmp_path)
    found = check_of(tokens)(bearing(tokens.token("ada", {}, claims={"team": "blue"})), At(time.time()))
    assert (found.subject, found.scopes, found.claims["team"]) == ("ada", {"read"}, "blue")
    assert "only tokens of `portable token` are taken" in caplog.text


def test_the_key_is_kept_and_for_its_owner_alone(tmp_path: Path) -> None:
    token = DevTokens(MODEL, tmp_path).token("ada", {})
    assert check_of(DevTokens(MODEL, tmp_path))(bearing(token), At(time.time())).subject == "ada"
    [file] = tmp_path.iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("token-ES256.pem", 0o600)
    (tmp_path / "other").mkdir()
    refused(check_of(DevTokens(MODEL, tmp_path / "other")), bearing(token), time.time())


def test_a_token_ends_after_a_day(tmp_path: Path) -> None:
    tokens = DevTokens(MODEL, tmp_path)
    refused(check_of(tokens), bearing(tokens.token("ada", {})), time.time() + 86_400 + 40)


def test_issuer_and_audience_are_those_of_the_settings(tmp_path: Path) -> None:
    auth = {**JWT, "issuer": {"setting": "issuer"}, "audience": [{"setting": "api"}]}
    tokens = DevTokens(app(function("order", {**HTTP, "auth": auth})), tmp_path)
    token = tokens.token("ada", {"issuer": AWAY, "api": "orders"}, scopes=["read", "write"])
    assert check_of(tokens)(bearing(token), At(time.time())).scopes == {"read", "write"}
    with pytest.raises(PortableError, match='the setting "issuer" has no value'):
        tokens.token("ada", {})


@pytest.mark.parametrize(
    ("model", "name", "said"),
    [
        (MODEL, "home", "home takes no tokens: it has no auth=http.jwt.*; those that do: order"),
        (MODEL, "nothing", "nothing takes no tokens"),
        (app(function("home", HTTP)), None, "the app takes no tokens"),
    ],
)
def test_who_takes_no_tokens_is_told(tmp_path: Path, model: Any, name: str | None, said: str) -> None:
    with pytest.raises(PortableError, match=said):
        DevTokens(model, tmp_path).token("ada", {}, name)


def test_the_command_prints_a_token(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.portable]\nname = "shop"\n', encoding="utf-8")
    (tmp_path / ".portable.env").write_text(f"issuer={AWAY}\n", encoding="utf-8")
    (tmp_path / "app.py").write_text(
        "from portable import Setting, function, http\n\n"
        '@function(http.get("/orders", auth=http.jwt(Setting("issuer"), "orders", ["read"])))\n'
        "def orders() -> None: ...\n",
        encoding="utf-8",
    )
    arguments = [
        "token",
        "ada",
        str(tmp_path),
        "--scope",
        "read",
        "--scope",
        "write",
        "--claim",
        "age=7",
        "--claim",
        "a=b",
    ]
    done = CliRunner().invoke(program("token"), arguments)
    assert done.exit_code == 0, done.output
    tokens = DevTokens(MODEL, tmp_path / ".portable" / "local")
    found = check_of(tokens)(bearing(done.stdout.strip()), At(time.time()))
    assert (found.subject, found.scopes) == ("ada", {"read", "write"})
    assert (found.claims["age"], found.claims["a"]) == (7, "b")
