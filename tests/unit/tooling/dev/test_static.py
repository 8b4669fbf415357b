"""Files of a front end are served beside the functions, for paths that no function has."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts.local_dev import dev
from unit.tooling.dev import dev_app

from portable.tooling.app.settings import SettingsError, load_settings, tables_of
from portable.tooling.dev.http import Functions
from portable.tooling.dev.static import Static, static_folder


def project(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    (folder / "app.py").touch()
    return folder


def test_the_folder_is_named_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    project(tmp_path, '[tool.portable.dev]\nstatic = "web"\n')
    assert static_folder(load_settings(tmp_path)) == tmp_path / "web"
    assert tables_of(tmp_path) == frozenset()


def test_an_app_without_the_table_has_no_files(tmp_path: Path) -> None:
    assert static_folder(load_settings(project(tmp_path, "[tool.portable]\n"))) is None


@pytest.mark.parametrize(
    ("table", "said"),
    [('static = "web"', "must name a folder"), ('statics = "web"', "has no 'statics'; it may hold static")],
)
def test_what_is_wrong_in_the_settings_is_told_with_its_line(tmp_path: Path, table: str, said: str) -> None:
    settings = load_settings(project(tmp_path, f"[tool.portable.dev]\n{table}\n"))
    with pytest.raises(SettingsError, match=said) as raised:
        static_folder(settings)
    assert "pyproject.toml:2: " in str(raised.value)


def test_functions_come_first_and_files_have_the_other_paths(tmp_path: Path) -> None:
    web = tmp_path / "web"
    (web / "jobs").mkdir(parents=True)
    (web / "index.html").write_text("<h1>front</h1>")
    (web / "jobs" / "a").write_text("a file with the path of a function")
    (web / "style.css").write_text("h1 {}")
    with dev(tmp_path, [dev_app]) as app:
        server = app._server
        app._server = Functions(app.running, lambda: server, Static(web))
        assert app.http("GET", "/").body == b"<h1>front</h1>"
        style = app.http("GET", "/style.css")
        assert (style.body, style.headers["content-type"]) == (b"h1 {}", "text/css; charset=utf-8")
        assert app.http("HEAD", "/style.css").body == b""
        assert app.http("GET", "/jobs/a").status == 405
        assert app.http("GET", "/nowhere.css").status == 404
        assert app.http("POST", "/style.css").status == 404
        assert app.http("GET", "/../app.py").status == 404
