import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from portable.errors import PermissionDenied, Unavailable
from portable_azure.runtime.storage_signing import IdentitySigner, managed_identity_token

KEY = base64.b64encode(b"k" * 32).decode()
DELEGATION = {
    "SignedOid": "oid",
    "SignedTid": "tid",
    "SignedStart": "2026-01-01T00:00:00Z",
    "SignedExpiry": "2026-01-08T00:00:00Z",
    "SignedService": "b",
    "SignedVersion": "2020-12-06",
    "Value": KEY,
}


class Azure(ThreadingHTTPServer):
    """The two calls that signing as an identity makes."""

    daemon_threads = True
    status = 200
    calls: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Azure

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        self.server.calls.append(f"token for {query['resource'][0]} as {query.get('client_id', ['the app'])[0]}")
        assert self.headers["X-IDENTITY-HEADER"] == "header"
        self.answer(200, json.dumps({"access_token": "the-token", "expires_on": "1"}).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.calls.append(f"key {self.path}")
        assert self.headers["Authorization"] == "Bearer the-token"
        assert body.startswith("<KeyInfo><Start>")
        fields = "".join(f"<{name}>{value}</{name}>" for name, value in DELEGATION.items())
        self.answer(self.server.status, f"<UserDelegationKey>{fields}</UserDelegationKey>".encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Azure]:
    server = Azure(("127.0.0.1", 0), Handler)
    server.calls = []
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header")
    monkeypatch.delenv("AZURE_CLIENT_ID", raising=False)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_identity_signs_the_plain_name_with_a_key_it_fetches_once(azure: Azure) -> None:
    signer = IdentitySigner(azure.url, "acct", "photos", managed_identity_token)
    url = signer.sign("grüße/a b.jpg", "GET", 600)
    signer.sign("other", "PUT", 60)
    assert azure.calls == [
        "token for https://storage.azure.com/ as the app",
        "key /?restype=service&comp=userdelegationkey",
    ]
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert parts.path == "/photos/gr%C3%BC%C3%9Fe/a%20b.jpg"
    assert (query["skoid"], query["sktid"], query["sks"], query["sp"]) == ("oid", "tid", "b", "r")
    # the fields of a user delegation SAS, in the order of the reference, version 2020-12-06
    signed = ["r", query["st"], query["se"], "/blob/acct/photos/grüße/a b.jpg", "oid", "tid", DELEGATION["SignedStart"],
              DELEGATION["SignedExpiry"], "b", "2020-12-06", "", "", "", "", "https,http", "2020-12-06", "b", "", "",
              "", "", "", "", ""]  # fmt: skip
    expected = hmac.digest(base64.b64decode(KEY), "\n".join(signed).encode(), hashlib.sha256)
    assert base64.b64decode(query["sig"]) == expected


def test_a_user_assigned_identity_is_named(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_ID", "mine")
    assert managed_identity_token() == "the-token"
    assert azure.calls == ["token for https://storage.azure.com/ as mine"]


@pytest.mark.parametrize(("status", "kind"), [(403, PermissionDenied), (401, PermissionDenied), (500, Unavailable)])
def test_a_refused_key_is_an_error_of_the_tree(azure: Azure, status: int, kind: type[Exception]) -> None:
    azure.status = status
    with pytest.raises(kind, match="no key to sign"):
        IdentitySigner(azure.url, "acct", "photos", managed_identity_token).sign("a", "GET", 60)


def test_an_identity_that_does_not_answer_is_unavailable(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1/token")
    with pytest.raises(Unavailable, match="no token"):
        IdentitySigner(azure.url, "acct", "photos", managed_identity_token).sign("a", "GET", 60)
