"""Files of a front end are served beside the functions, for paths that no function has."""

from __future__ import annotations

from pathlib import Path

from hosts.local_dev import dev
from unit.tooling.dev import dev_app

from portable.tooling.dev.http import Functions
from portable.tooling.dev.static import Static


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
        for path in ("/", "/fails", "/nowhere"):  # a page that points its own name at this machine reads nothing
            refused = app.http("GET", path, host="evil.example:8000")
            assert refused.status == 403
            assert b"add the name to hosts in [tool.portable.dev]" in refused.body
        assert app.http("GET", "/", host="app.localhost:8000").status == 200
        app._server = Functions(app.running, lambda: server, Static(web), hosts=("shop.test",))
        assert [app.http("GET", "/", host=host).status for host in ("shop.test", "x.shop.test")] == [200, 403]
        app._server = Functions(app.running, lambda: server, Static(web), hosts=None)
        assert app.http("GET", "/", host="laptop.lan").status == 200, "it is served to other machines"
