"""Static sites: what a client gets of their files."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import pytest

from portable.conformance.target_cases import TargetTests, World

SCRIPT = "/site/scripts/main.3fa9c0d2.js"


class SiteTests(TargetTests):
    """The files of a folder are served beside the functions."""

    kind = "site"
    about = "static sites"
    modules = "target_site"
    folder = "target_site_files"
    within = "http"

    def test_a_file_comes_with_its_type_and_a_name_with_a_hash_is_kept_for_ever(self, world: World) -> None:
        script = world.cloud.http.get(SCRIPT).expect(200)
        assert script.headers["content-type"].startswith("text/javascript")
        assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
        pixel = world.cloud.http.get("/site/pixel.gif").expect(200)
        assert (pixel.headers["content-type"], pixel.content[:6]) == ("image/gif", b"GIF89a")
        assert pixel.headers["cache-control"] == "public, no-cache"

    def test_a_folder_is_its_index_and_its_path_ends_with_a_slash(self, world: World) -> None:
        assert "The site" in world.cloud.http.get("/site/").expect(200).text
        assert "Its pages" in world.cloud.http.get("/site/docs/").expect(200).text
        assert world.cloud.http.get("/site/docs?a=1").expect(307).headers["location"].endswith("docs/?a=1")

    def test_what_a_client_has_is_not_sent_again(self, world: World) -> None:
        etag = world.cloud.http.get("/site/").expect(200).headers["etag"]
        again = world.cloud.http.get("/site/", headers={"if-none-match": etag}).expect(304)
        assert again.content == b""

    def test_a_part_of_a_file_is_sent(self, world: World) -> None:
        part = world.cloud.http.get("/site/pixel.gif", headers={"range": "bytes=0-2"}).expect(206)
        assert (part.content, part.headers["content-range"][:11]) == (b"GIF", "bytes 0-2/4")

    def test_a_text_is_packed_for_clients_that_take_it(self, world: World) -> None:
        packed = world.cloud.http.get(SCRIPT, headers={"accept-encoding": "gzip"}).expect(200)
        assert packed.headers["content-encoding"] == "gzip"
        assert len(packed.content) < 1024 < len(world.cloud.http.get(SCRIPT).expect(200).content)

    def test_head_has_the_headers_of_a_file(self, world: World) -> None:
        head = world.cloud.http.head("/site/pixel.gif").expect(200)
        assert (head.content, head.headers["content-type"], head.headers["content-length"]) == (b"", "image/gif", "42")

    def test_a_page_that_no_file_has_is_the_fallback_and_a_missing_file_is_not(self, world: World) -> None:
        assert "The site" in world.cloud.http.get("/site/orders/7").expect(200).text
        world.cloud.http.get("/site/orders/7.png").expect(404)

    def test_the_paths_of_functions_win_and_their_404_is_not_hidden(self, world: World) -> None:
        assert world.cloud.http.get("/site/api/x").expect(200).text == "api x"
        assert world.cloud.http.get("/site/api/x/y").expect(404).json() == {"detail": "path not found: /site/api/x/y"}
        assert world.cloud.http.post("/site/docs/").expect(200).text == "posted"
        world.cloud.http.delete("/site/api/x").expect(405)
        world.cloud.http.post("/site/pixel.gif").expect(405)

    @pytest.mark.parametrize("path", ["/site/..%5Ctarget_site.py", "/site/%2e%2e/target_site.py", "/site/.git"])
    def test_nothing_outside_of_the_folder_is_sent(self, world: World, path: str) -> None:
        assert world.cloud.http.get(path).status_code == 404
