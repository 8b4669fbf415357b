"""Static sites of an app: what is refused with its place, which paths are theirs, and which files ship."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import force_setattr
from unit.tooling.entry.apps import imported

from portable import Secret, http
from portable.errors import DeclarationError, PortableError
from portable.tooling.app.files import AppFiles
from portable.tooling.app.http_settings import HttpSettings
from portable.tooling.app.model import AppModel
from portable.tooling.app.settings import load_settings
from portable.tooling.app.site_files import site_files
from portable.tooling.entry.routes import paths
from portable.tooling.facts import Facts, Limit
from portable.tooling.rules.sites import LARGE, site_problems

SITE = "site = http.static('/', 'web'{})\n"


@pytest.mark.parametrize(
    ("arguments", "options", "problem"),
    [
        (("web", "web"), {}, 'must start with "/"'),
        (("/", ""), {}, "must be the path of a folder"),
        (("/", "../web"), {}, "must be the path of a folder"),
        (("/", "/web"), {}, "must be the path of a folder"),
        (("/", 7), {}, "must be the path of a folder"),
        (("/", "web"), {"fallback": "/index.html"}, "fallback='/index.html' must be"),
        (("/", "web"), {"fallback": 7}, "fallback=7 must be"),
        (("/", "web"), {"immutable": ("assets", "/")}, "immutable="),
        (("/", "web"), {"immutable": (7,)}, "immutable="),
        (("/docs", "web"), {"cdn": True}, "cdn=True is for a site at"),
        (("/", "web"), {"cdn": True, "cors": "*"}, "cdn=True is for a site at"),
        (("/", "web"), {"cdn": True, "auth": http.basic(Secret("people"))}, "cdn=True is for a site at"),
    ],
)
def test_what_cannot_be_a_site_is_refused_where_it_is_declared(arguments: Any, options: Any, problem: str) -> None:
    with pytest.raises(DeclarationError, match=problem) as raised:
        http.static(*arguments, **options)
    assert str(raised.value.where).startswith(f"{__file__}:")


@pytest.mark.parametrize(
    ("files", "options", "problem"),
    [
        ({}, "", 'folder "web" is not there'),
        ({"web/.env": ""}, "", "has no file that is served"),
        ({"web/a.txt": ""}, ", fallback='index.html'", 'fallback="index.html" is no file'),
    ],
)
def test_a_site_without_its_files_is_refused_with_its_place(
    tmp_path: Path, files: dict[str, str], options: str, problem: str
) -> None:
    source = written(tmp_path, files) + SITE.format(options)
    with pytest.raises(DeclarationError, match=problem) as raised, imported(tmp_path, source):
        pass
    assert ".py:" in str(raised.value.where)


def written(folder: Path, files: dict[str, str]) -> str:
    """Write files before an app is: the source of the app makes them beside its module."""
    (folder / "made").mkdir()
    for name, text in files.items():
        (folder / "made" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "made" / name).write_text(text)
    return f"import pathlib, shutil\nshutil.copytree({str(folder / 'made')!r}, pathlib.Path(__file__).parent, dirs_exist_ok=True)\n"


def test_a_network_serves_no_site_that_the_whole_app_guards(tmp_path: Path) -> None:
    source = written(tmp_path, {"web/a.txt": ""})
    name = "guards_of_a_site"
    with (
        pytest.raises(DeclarationError, match="the network asks nobody who they are"),
        imported(
            tmp_path,
            f"import {name}\n{source}{SITE.format(', cdn=True')}",
            settings=HttpSettings(auth=f"{name}:tokens"),
            **{name: "from portable import Secret, http\ntokens = http.api_key(Secret('keys'))\n"},
        ),
    ):
        pass


BESIDE = """
@function(http.get("/api/orders/{name}"))
def order(name: str) -> str: return name
@function(http.post("/docs"))
def sent() -> str: return "sent"
@function(http.get("/docs/{page}"))
def page(page: str) -> str: return page
@function(http.get("/{name}/x"))
def named(name: str) -> str: return name
"""


def test_a_site_has_other_methods_of_a_path_only_where_it_has_a_file(tmp_path: Path) -> None:
    source = written(tmp_path, {"web/docs/index.html": "", "web/docs/a.html": ""}) + SITE.format("") + BESIDE
    with imported(tmp_path, source) as app:
        site = next(function.site for function in app.functions if function.site is not None)
        assert (site.routed, site.beside) == (("api", "docs"), ("/docs", "/docs/{page}"))
        assert {path.template: [function.name for function in path.functions] for path in paths(app.http())} == {
            "/api/orders/{name}": ["order"],
            "/docs": ["sent", "web"],
            "/docs/{page}": ["page", "web"],
            "/{name}/x": ["named"],
            "/{path:path}": ["web"],
        }


def test_a_site_packs_its_files_itself(tmp_path: Path) -> None:
    source = written(tmp_path, {"web/a.txt": "a"}) + SITE.format("")
    with imported(tmp_path, source, settings=HttpSettings(compress=True, msgpack=True, problems=True)) as app:
        assert app.functions[0].replies == ("problems",)


def test_all_files_of_a_site_ship_but_those_that_are_left_out_on_purpose(tmp_path: Path) -> None:
    files = {f"dist/{name}": "" for name in ("tests/a.js", "a.log", "b.map", "draft.txt", "id_rsa", ".hidden")}
    source = written(tmp_path, files) + "site = http.static('/', 'dist')"
    (tmp_path / "pyproject.toml").write_text('[tool.portable]\nexclude = ["dist/draft.txt"]\n')
    (tmp_path / "app.py").write_text("")
    (tmp_path / "dist").mkdir()
    with imported(tmp_path, source) as app:
        for name in files:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("")
        found = site_files(load_settings(tmp_path), app, AppFiles({"dist/b.map": b""}))
        assert sorted(found.files) == ["dist/a.log", "dist/tests/a.js"]
        (tmp_path / "dist/code.txt").symlink_to("../app.py")  # the name of a link to what ships is a file that ships
        with pytest.raises(PortableError, match='a link leads from here out of the site "dist"'):
            site_files(load_settings(tmp_path), app, AppFiles({"dist/code.txt": b""}))


def site_of(sizes: dict[str, int], folder: Path) -> AppModel:
    with imported(folder, written(folder, {f"web/{name}": "" for name in sizes}) + SITE.format("")) as app:
        for name, size in sizes.items():
            file = next(file for file in app.functions[0].site.files if file.path == name)  # type: ignore[union-attr]
            force_setattr(file, "size", size)
        return app


class Where:
    """What a rule asks of a target."""

    title, cdn = "A Cloud", False

    def __init__(self, facts: Facts) -> None:
        self.facts = facts


def test_a_file_that_no_reply_can_hold_and_a_large_site_are_told(tmp_path: Path) -> None:
    facts = Facts({"http.file": Limit("http.file", "a file", "a source", "2026-11-26", "bytes", most=1000)})
    app = site_of({"a.txt": 1000, "film.mp4": LARGE}, tmp_path)
    told = list(site_problems(app, Where(facts)))
    assert [(problem.rule, problem.error, problem.note) for problem in told] == [
        ("site", False, False),
        ("site", False, True),
    ]
    assert "web/film.mp4 has 20,971,520 bytes, and a reply at most 1,000 bytes" in told[0].message
    assert "the 2 files of web/ have 20,972,520 bytes" in told[1].message
    assert [problem.note for problem in site_problems(app, Where(Facts()))] == [True]
