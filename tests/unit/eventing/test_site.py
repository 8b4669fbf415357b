"""The names of a static site: which files are served, which names never change, and what is sent of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.eventing.site import Site, file_of, is_hashed, is_served, media_type, names_of, root_of


@pytest.mark.parametrize(
    "name",
    [
        "main.3fa9c0d2.js",
        "static/css/main.3fa9c0d29b1e4f5a6b7c.css",
        "app-0a1b2c3d.woff2",
        "main.3fa9c0d2.js.map",
        "chunk-5X7K2QWE.js",
    ],
)
def test_a_hash_in_a_name_is_known(name: str) -> None:
    assert is_hashed(name)
    assert Site("web").cache_control(name) == "max-age=31536000, immutable"


@pytest.mark.parametrize(
    "name",
    [
        "index.html",
        "index.3fa9c0d2.html",
        "photo-20260101.jpg",
        "a-defaced.js",
        "a-effaceable.js",
        "theme-settings.css",
        "hero-iPhone15.jpg",
        "index-DiwrgTda.js",
        "photo-DSC23456.jpg",
        "3fa9c0d2.js",
        "logo.svg",
        "README",
        ".well-known/security.txt",
    ],
)
def test_what_may_be_a_word_or_a_number_is_no_hash(name: str) -> None:
    assert not is_hashed(name)
    assert Site("web").cache_control(name) == "no-cache"


def test_a_declared_folder_is_immutable_and_its_neighbours_are_not() -> None:
    site = Site("web", immutable=("assets/", "/fonts", "logo.svg"))
    assert [name for name in ("assets/a.js", "assets", "fonts/b", "logo.svg") if not site.is_immutable(name)] == []
    assert not any(
        site.is_immutable(name) for name in ("assets-2/a.js", "my/assets/a.js", "fonts.css", "logo.svg.html")
    )


@pytest.mark.parametrize("path", [".env", "a/.git", "..", "a/../b", "", "a//b", "a\\b", "a\0b", "a/.well-known", "."])
def test_a_path_that_leads_elsewhere_or_is_hidden_is_not_served(path: str) -> None:
    assert not is_served(path.split("/"))


def test_names_with_dots_and_the_folder_of_rfc_8615_are_served() -> None:
    assert all(is_served(path.split("/")) for path in ("a..b", "a.b/c", ".well-known/acme/x", "a b"))
    assert not is_served(["a/b"])


def test_the_type_of_a_file_is_the_same_on_every_host() -> None:
    named = {"a.js": "text/javascript", "A.HTML": "text/html", "a.min.css": "text/css", "a": "application/octet-stream"}
    assert {name: media_type(name) for name in named} == named


def test_links_are_served_where_they_stay_in_the_folder(tmp_path: Path) -> None:
    folder, outside = tmp_path / "web", tmp_path / "outside"
    (folder / "sub").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (folder / "sub" / "own.txt").write_text("own")
    (folder / ".hidden").write_text("hidden")
    (folder / "inside.txt").symlink_to(folder / "sub" / "own.txt")
    (folder / "escape.txt").symlink_to(outside / "secret.txt")
    (folder / "escape").symlink_to(outside)
    assert list(names_of(str(folder))) == ["inside.txt", "sub/own.txt"]
    assert file_of(str(folder), "escape/secret.txt") is None
    assert file_of(str(folder), "sub") is None
    assert file_of(str(folder), "a" * 5000) is None


def test_the_folder_of_an_app_is_known_by_its_module_which_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("alone_module.py", "whole_package/__init__.py", "spread_package/inner.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit")
    monkeypatch.syspath_prepend(tmp_path)
    assert {root_of(name) for name in ("alone_module", "whole_package.web", "spread_package.inner")} == {str(tmp_path)}
    with pytest.raises(ModuleNotFoundError, match="no module named 'nowhere"):
        root_of("nowhere.at_all")
