"""A static site in one process: what it answers, what it keeps of files, and what it never sends."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from portable.compute.context import Context
from portable.compute.mounted_static import AT_ONCE, handler
from portable.errors import HTTPError
from portable.eventing.principal import Principal
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.site import Site

Ask = Callable[..., Response]
TEXT = "the same words again and again, " * 100


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site_of_a_test.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "web" / "docs").mkdir(parents=True)
    (tmp_path / "web" / "index.html").write_text("front")
    (tmp_path / "web" / "docs" / "index.html").write_text("docs")
    (tmp_path / "web" / "long.txt").write_text(TEXT)
    (tmp_path / "web" / "a b é.txt").write_text("named")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "web"


def asking(prefix: str = "", fallback: str | None = None, routed: tuple[str, ...] = ()) -> Ask:
    """Return what sends a request to a site."""
    handle = handler(Site("web", fallback, (), "site_of_a_test", routed), prefix, "web", ())

    def ask(path: str, method: str = "GET", who: Principal | None = None, query: str = "", **headers: str) -> Response:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(method, path, query, fields)
        request.principal = who
        return handle(request, Context("1", "web", 0))

    return ask


def refused(ask: Ask, path: str, method: str = "GET") -> int:
    with pytest.raises(HTTPError) as raised:
        ask(path, method)
    return raised.value.status


@pytest.mark.usefixtures("folder")
def test_a_path_that_was_encoded_is_that_of_its_file() -> None:
    assert asking()("/a%20b%20%C3%A9.txt").body == b"named"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/docs/..%2f..%2fsecret.txt", "//secret.txt",
     "/..%5csecret.txt", "/%00", "/index.html%00.txt", "/docs/../../secret.txt", "//docs", "/docs%2fx", "/.git/x"],
)  # fmt: skip
def test_no_path_leads_out_of_the_folder_or_is_a_page(path: str) -> None:
    assert (refused(asking(), path), refused(asking(fallback="index.html"), path)) == (404, 404)


@pytest.mark.usefixtures("folder")
def test_a_file_is_no_folder_and_no_name_is_too_long() -> None:
    assert [refused(asking(), path) for path in ("/index.html/", "/" + "a" * 9000)] == [404, 404]


@pytest.mark.usefixtures("folder")
def test_a_folder_without_its_slash_is_sent_to_the_one_with_it_so_that_its_links_are_right() -> None:
    ask = asking("/v1/app")
    assert ask("/v1/app", query="a=1&b").header("location") == "./app/?a=1&b"
    assert ask("/v1/app/docs").header("location") == "./docs/"  # "a:b/" alone would be a scheme
    assert ask("/v1/app/").body == b"front"


@pytest.mark.usefixtures("folder")
def test_the_fallback_is_for_pages_and_not_below_functions() -> None:
    ask = asking(fallback="index.html", routed=("api",))
    assert [ask(path).body for path in ("/orders", "/orders/7/", "/apis/x", "/docs/none")] == [b"front"] * 4
    assert [refused(ask, path) for path in ("/api", "/api/x", "/api/", "/%61pi/x", "/logo.png", "/.well-known/x")] == [
        404
    ] * 6
    assert refused(asking(), "/orders") == 404


@pytest.mark.usefixtures("folder")
def test_only_files_have_methods() -> None:
    ask = asking()
    assert (refused(ask, "/", "POST"), refused(ask, "/none", "POST")) == (405, 404)
    assert ask("/docs/", "OPTIONS").header("allow") == "GET, HEAD, OPTIONS"
    assert refused(ask, "/none", "OPTIONS") == 404


@pytest.mark.usefixtures("folder")
def test_a_packed_text_and_a_plain_one_are_one_version() -> None:
    ask = asking()
    plain, packed = ask("/long.txt"), ask("/long.txt", accept_encoding="gzip")
    assert gzip.decompress(packed.body) == plain.body == TEXT.encode()
    assert (packed.header("etag"), packed.header("vary")) == (f"W/{plain.header('etag')}", "Accept-Encoding")
    assert packed._content is ask("/long.txt", accept_encoding="gzip")._content  # it is packed once
    for known in (plain, packed):
        assert ask("/long.txt", accept_encoding="gzip", if_none_match=known.header("etag") or "").status == 304
    part = ask("/long.txt", accept_encoding="gzip", range="bytes=0-2")
    assert (part.status, part.body, part.header("content-encoding")) == (206, b"the", None)


def test_a_file_that_is_saved_is_sent_anew(folder: Path) -> None:
    ask = asking()
    before = ask("/long.txt", accept_encoding="gzip").header("etag")
    (folder / "long.txt").write_text(TEXT.upper())
    after = ask("/long.txt", accept_encoding="gzip")
    assert (gzip.decompress(after.body), after.header("etag") != before) == (TEXT.upper().encode(), True)


def test_a_large_file_is_sent_in_pieces_and_by_ranges(folder: Path) -> None:
    content = bytes(range(256)) * (AT_ONCE // 256 + 1)
    (folder / "film.mp4").write_bytes(content)
    ask = asking()
    whole, part = ask("/film.mp4"), ask("/film.mp4", range="bytes=-3")
    assert (whole.chunks is not None, whole.header("content-type")) == (True, "video/mp4")
    assert whole.body == content
    assert (part.status, part.body, part.header("etag")) == (206, content[-3:], whole.header("etag"))


@pytest.mark.usefixtures("folder")
def test_what_is_not_for_everybody_is_not_kept_by_caches_that_many_share() -> None:
    ask = asking()
    assert ask("/").header("cache-control") == "public, no-cache"
    assert ask("/", who=Principal("ada")).header("cache-control") == "private, no-cache"
