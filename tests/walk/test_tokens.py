"""A packaged function and a real identity provider: PyJWT is in the package, and the keys come over the network."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.issuer import IssuerServer

from portable.testing.http.issuer import Issuer
from portable_aws.testing.process import FunctionProcess

pytest.importorskip("awslambdaric", reason="the Lambda runtime client is not installed: uv pip install awslambdaric")

APP = """
from portable import Principal, Setting, function, http


@function(http.get("/me", auth=http.jwt(Setting("issuer"), "orders", scopes=["read"])))
def me(who: Principal) -> str:
    return who.subject
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "app.py").write_text(APP, encoding="utf-8")
    (folder / "pyproject.toml").write_text('[tool.portable]\nname = "guarded"\n', encoding="utf-8")
    command = [sys.executable, "-m", "portable.tooling.cli.main", "package", str(folder), "--target", "aws"]
    done = subprocess.run([*command, "--out", str(folder / "dist")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "dist" / "aws" / "bundle"


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    found = IssuerServer()
    yield found
    found.close()


def get(host: FunctionProcess, token: str | None) -> dict[str, Any]:
    """Return the reply to a request of an HTTP API (payload 2.0)."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    about = {"method": "GET", "path": "/me", "sourceIp": "203.0.113.7", "protocol": "HTTP/1.1", "userAgent": "t"}
    event = {
        "version": "2.0",
        "routeKey": "GET /me",
        "rawPath": "/me",
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {"http": about, "requestId": "r", "stage": "$default", "domainName": "x.execute-api.eu"},
        "isBase64Encoded": False,
    }
    reply = host.invoke(event)
    assert reply.ok, reply.payload
    found: dict[str, Any] = reply.payload
    return found


def test_a_packaged_function_verifies_the_tokens_of_a_real_provider(bundle: Path, server: IssuerServer) -> None:
    ours, stranger = Issuer(), Issuer()
    server.publish({"keys": ours.key_set(["RS256", "ES256"])})
    now = int(time.time())
    good = {"iss": server.url, "aud": "orders", "sub": "ada", "exp": now + 60, "scope": "read"}
    with FunctionProcess(bundle, "entry_me.handler", {"PORTABLE_SETTING_ISSUER": server.url}) as host:
        for algorithm in ("RS256", "ES256"):
            reply = get(host, ours.sign(good, algorithm))
            assert (reply["statusCode"], reply["body"]) == (200, "ada")
        refused = {
            "nothing": None,
            "a stranger's": stranger.sign(good),
            "a stranger's in our name": stranger.sign(good, headers={"kid": ours.kid("ES256")}),
            "expired": ours.sign({**good, "exp": now - 31}),
            "of another issuer": ours.sign({**good, "iss": "https://other.example"}),
            "for another audience": ours.sign({**good, "aud": "other"}),
            "changed": ours.sign(good)[:-4] + "AAAA",
        }
        for what, token in refused.items():
            reply = get(host, token)
            assert (what, reply["statusCode"], reply["headers"]["www-authenticate"]) == (what, 401, "Bearer")
        reply = get(host, ours.sign({**good, "scope": "write"}))
        assert (reply["statusCode"], reply["body"]) == (403, '{"detail":"the scope read is missing"}')
        assert server.asked == ["/.well-known/openid-configuration", "/keys"]
        assert "the token has expired" in host.log


def test_a_packaged_function_is_closed_while_its_provider_is_away(bundle: Path, server: IssuerServer) -> None:
    token = Issuer().sign(
        {"iss": server.url, "aud": "orders", "sub": "ada", "exp": int(time.time()) + 60, "scope": "read"}
    )
    with FunctionProcess(bundle, "entry_me.handler", {"PORTABLE_SETTING_ISSUER": server.url}) as host:
        reply = get(host, token)  # it answers, but publishes nothing
        assert (reply["statusCode"], reply["headers"]["retry-after"]) == (503, "10")
        assert get(host, None)["statusCode"] == 401
