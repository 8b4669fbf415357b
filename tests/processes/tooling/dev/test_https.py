"""A real `portable dev --https`: what it prints, what it signs and what it passes on is HTTPS."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from hosts.asgi import on_port
from hosts.served import Served, free_port
from unit.tooling.dev.proxy.upstream import Upstream

APP = """
from typing import Annotated
from portable import Bucket, BucketReadWriter, BucketSigner, Response, function, http

files = Bucket("files")


@function(http.put("/files/{name}"))
def put(name: str, store: Annotated[BucketReadWriter, files]) -> Response:
    store.put(name, b"stored")
    answer = Response("stored", 201)
    answer.set_cookie("session", "1", secure=True)
    return answer


@function(http.get("/url/{name}"))
def url(name: str, signer: Annotated[BucketSigner, files]) -> str:
    return signer.signed_url(name)
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder, behind = tmp_path_factory.mktemp("https"), free_port()
    (folder / "app.py").write_text(APP)
    (folder / "pyproject.toml").write_text(
        f'[tool.portable.dev]\nproxy = "http://127.0.0.1:{behind}"\nhosts = ["shop.test"]\n'
    )
    with (
        on_port(Upstream(), behind),
        Served(folder, "--https", trusted=folder / ".portable" / "https" / "certificate.pem") as found,
    ):
        found.says("Ctrl-C ends it.")
        yield found


def test_the_addresses_that_are_printed_are_https(served: Served) -> None:
    said = served.says("Ctrl-C")
    assert f" on https://127.0.0.1:{served.port}\ndashboard on https://127.0.0.1:{served.port}/_portable\n" in said
    assert "curl --cacert" in said


def test_a_name_of_the_settings_is_served_and_in_the_certificate(served: Served) -> None:
    assert served.request("PUT", "/files/named", host="shop.test").status == 201
    assert served.request("PUT", "/files/named", host="other.test").status == 403
    [file] = re.findall(r"certificate (\S+\.pem)", served.says("Ctrl-C"))
    found = x509.load_pem_x509_certificate(Path(file).read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "shop.test" in names.get_values_for_type(x509.DNSName)


def test_signed_urls_are_https_and_are_answered(served: Served) -> None:
    assert served.request("PUT", "/files/a").status == 201
    found = served.request("GET", "/url/a").text
    assert found.startswith(f"https://127.0.0.1:{served.port}/_portable/signed/")
    split = urlsplit(found)
    assert served.request("GET", f"{split.path}?{split.query}").text == "stored"


def test_only_pages_that_came_by_https_are_our_own(served: Served) -> None:
    place = f"127.0.0.1:{served.port}"
    page = served.request("GET", "/_portable/", Origin=f"https://{place}")
    assert page.status == 200
    assert "https://" not in re.sub(rf"https://{re.escape(place)}", "", page.text)
    assert served.request("GET", "/_portable/", Origin=f"http://{place}").status == 403
    assert served.request("GET", "/echo", Origin=f"http://{place}").status == 403


def test_a_development_server_learns_that_it_is_https(served: Served) -> None:
    told = json.loads(served.request("GET", "/echo").text)
    assert dict(told["headers"])["x-forwarded-proto"] == "https"


def test_plain_http_is_not_answered(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.request("GET", "/url/a")
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.getresponse()
    connection.close()
    assert "Traceback" not in served.output
