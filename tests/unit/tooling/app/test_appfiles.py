"""Which files of an app ship."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tooling.app.app_folder import made, shipped

from portable.errors import PortableError
from portable.tooling.app.files import AppFiles, app_files, imported_files, together
from portable.tooling.app.globs import matcher
from portable.tooling.app.scan import source_files
from portable.tooling.app.settings import Settings

PRIVATE = (
    ".git/config",
    ".env",
    ".env.production",
    "sub/.env",
    ".portable.env",
    ".portable/cache/x",
    "app.pyc",
    "__pycache__/app.cpython-311.pyc",
)
LEFT_OUT = (
    "tests/test_app.py",
    "sub/tests/data.json",
    "test_app.py",
    "sub/app_test.py",
    "conftest.py",
    ".venv/lib/x.py",
    "venv/pyvenv.cfg",
    "venv/lib/x.py",
    "node_modules/a/index.js",
    "server.pem",
    "sub/private.key",
    "id_rsa",
    "id_ed25519.pub",
    "dist/aws/manifest.json",
    "build/x",
    "pyproject.toml",
    "uv.lock",
    "requirements-dev.txt",
    "README.md",
    "shop.egg-info/PKG-INFO",
)
SHIPS = ("app.py", "sub/__init__.py", "sub/data.json", "templates/README.md", "sub/build/x", "keys.py", "latest/a.py")


def test_code_and_data_ship_and_what_describes_or_protects_the_project_does_not(tmp_path: Path) -> None:
    made(tmp_path, *PRIVATE, *LEFT_OUT, *SHIPS)
    assert set(shipped(tmp_path).files) == set(SHIPS)


def test_include_brings_back_what_is_left_out_by_default(tmp_path: Path) -> None:
    made(tmp_path, *PRIVATE, *LEFT_OUT, *SHIPS)
    found = shipped(tmp_path, include=("tests/test_app.py", "*.pem", "/README.md", "node_modules/"))
    extra = {"tests/test_app.py", "server.pem", "README.md", "node_modules/a/index.js"}
    assert set(found.files) == {*SHIPS, *extra}


def test_nothing_brings_back_what_is_private(tmp_path: Path) -> None:
    made(tmp_path, *PRIVATE, "app.py", "venv/pyvenv.cfg", "venv/x.py")
    assert set(shipped(tmp_path, include=("**", "*", ".env", ".portable.env", "venv/**")).files) == {"app.py"}


def test_exclude_wins(tmp_path: Path) -> None:
    made(tmp_path, "app.py", "notes.md", "sub/a.csv", "sub/deep/b.csv", "sub/c.py")
    assert set(shipped(tmp_path, exclude=("sub/**/*.csv", "*.md")).files) == {"app.py", "sub/c.py"}
    assert set(shipped(tmp_path, include=("sub",), exclude=("sub/",)).files) == {"app.py", "notes.md"}


def test_the_folder_of_artifacts_never_ships(tmp_path: Path) -> None:
    made(tmp_path, "app.py", "out/aws/bundle.zip")
    assert set(shipped(tmp_path, out="out").files) == {"app.py"}


def test_a_link_inside_the_app_ships_what_it_leads_to_unless_that_does_not_ship(tmp_path: Path) -> None:
    made(tmp_path, "app.py", "lib/shared.py", ".git/config", "LICENSE", "keys/id_rsa", ".env", "tests/data.json")
    for link, target in {
        "shared.py": "lib/shared.py",
        "again": "lib",
        "loop": ".",
        "nothing": "nowhere",
        "notes.txt": ".git/config",
        "git": ".git",
        "terms.txt": "LICENSE",
        "mykey": "keys/id_rsa",
        "settings": ".env",
        "fixture.json": "tests/data.json",
    }.items():
        (tmp_path / link).symlink_to(target)
    found = shipped(tmp_path)
    assert set(found.files) == {"app.py", "lib/shared.py", "shared.py", "again/shared.py"}
    assert found.files["shared.py"] == b"lib/shared.py"
    assert found.notes == (
        "not packaged, because their names look like secrets: keys/id_rsa (to ship one, name it in [tool.portable] include)",
        "not packaged, because environment files never ship: .env",
        "not packaged, because they are links to files that do not ship: fixture.json -> tests/data.json, git/ -> .git, mykey -> keys/id_rsa, "
        "notes.txt -> .git/config, settings -> .env, terms.txt -> LICENSE",
        "not packaged, because they are broken links: nothing",
    )


def test_another_name_of_a_secret_file_is_that_secret(tmp_path: Path) -> None:
    made(tmp_path, "app.py", "id_rsa", ".git/config", "tests/data.json", "words.txt")
    for name, other in {
        "a.txt": "id_rsa",
        "b.txt": ".git/config",
        "c.json": "tests/data.json",
        "d.txt": "words.txt",
    }.items():
        os.link(tmp_path / other, tmp_path / name)
    found = shipped(tmp_path)
    assert set(found.files) == {"app.py", "c.json", "d.txt", "words.txt"}
    assert (
        "not packaged, because they are links to files that do not ship: a.txt -> id_rsa, b.txt -> .git/config"
        in found.notes
    )
    assert "a.txt" in shipped(tmp_path, include=("a.txt", "b.txt")).files
    assert "b.txt" not in shipped(tmp_path, include=("a.txt", "b.txt")).files


def test_the_source_of_an_app_is_read_once_whatever_links_lead_back_into_it(tmp_path: Path) -> None:
    made(tmp_path, "app/app.py", "app/lib/x.py", "outside/y.py", "outside/in/z.py")
    for link, target in {
        "lib/up": "..",
        "again": "lib",
        "top": "../..",
        "far": "../outside",
        "x.py": "lib/x.py",
    }.items():
        (tmp_path / "app" / link).symlink_to(target)
    (tmp_path / "outside/in/loop").symlink_to("..")
    os.mkfifo(tmp_path / "app/pipe.py")
    found = [str(file.relative_to(tmp_path / "app")) for file in source_files(tmp_path / "app")]
    assert found == ["app.py", "far/in/z.py", "far/y.py", "lib/x.py"]


def test_a_link_out_of_the_app_is_refused_until_include_names_it(tmp_path: Path) -> None:
    made(tmp_path, "outside/shared.py", "outside/README.md", "outside/.env", "outside/a.pem", "app/app.py")
    folder = tmp_path / "app"
    (folder / "shared.py").symlink_to("../outside/shared.py")
    (folder / "library").symlink_to("../outside")
    with pytest.raises(PortableError) as raised:
        shipped(folder, include=("**", "*", "library/shared.py"))
    assert [line.partition(": ")[0] for line in str(raised.value).splitlines()] == [
        str(folder / "library"),
        str(folder / "shared.py"),
    ]
    assert str(tmp_path / "outside/shared.py") in str(raised.value)
    found = shipped(folder, include=("shared.py", "library/"))
    assert set(found.files) == {"app.py", "shared.py", "library/shared.py", "library/README.md"}
    assert set(shipped(folder, exclude=("shared.py", "library")).files) == {"app.py"}


@pytest.mark.parametrize(
    "target", ["id_rsa", ".ssh/config", ".aws/credentials", ".git/config", "prod.env", "Server.PEM"]
)
def test_a_link_to_a_secret_elsewhere_stays_at_home_and_no_note_says_where_it_is(tmp_path: Path, target: str) -> None:
    made(tmp_path, f"outside/{target}", "app/app.py")
    folder = tmp_path / "app"
    (folder / "plain").symlink_to(tmp_path / "outside" / target)
    found = shipped(folder)
    assert set(found.files) == {"app.py"}
    assert found.notes == (
        "not packaged, because they are links to files that do not ship: plain -> a place outside the app",
    )


def test_a_link_in_a_linked_folder_is_judged_by_where_it_leads_in_the_end(tmp_path: Path) -> None:
    made(tmp_path, "app/app.py", "outside/ok.txt", "outside/id_rsa", "elsewhere/far.txt")
    (tmp_path / "outside/hop").symlink_to("id_rsa")
    (tmp_path / "app/key").symlink_to("../outside/hop")
    (tmp_path / "app/data").symlink_to("../outside")
    found = shipped(tmp_path / "app", include=("data",))
    assert set(found.files) == {"app.py", "data/ok.txt"}
    (tmp_path / "outside/far").symlink_to("../elsewhere/far.txt")
    with pytest.raises(PortableError, match=r"data/far: this link leads out of the app"):
        shipped(tmp_path / "app", include=("data",))


def test_a_package_in_src_may_link_to_its_project(tmp_path: Path) -> None:
    made(tmp_path, "src/app.py", "data/words.txt", "pyproject.toml")
    (tmp_path / "src/words.txt").symlink_to("../data/words.txt")
    (tmp_path / "src/project.toml").symlink_to("../pyproject.toml")
    found = app_files(Settings(tmp_path / "src", tmp_path, "app", ("app",)), tmp_path / "dist")
    assert set(found.files) == {"app.py", "words.txt"}
    assert found.notes == (
        "not packaged, because they are links to files that do not ship: project.toml -> pyproject.toml",
    )


def test_modules_that_the_app_imports_ship_whatever_their_names_look_like(tmp_path: Path) -> None:
    made(tmp_path, "app.py", "ab_test.py", "test_plan.py", "shop/test/labs.py", "shop/__init__.py", "tests/__init__.py")
    settings = Settings(tmp_path, tmp_path, "app", ("app",), exclude=("test_plan.py",))
    known = app_files(settings)
    modules = ("app", "ab_test", "test_plan", "shop", "shop.test", "shop.test.labs")
    found = together(known, imported_files(settings, modules, known))
    assert set(found.files) == {"app.py", "ab_test.py", "shop/__init__.py", "shop/test/labs.py"}
    assert "although such names are normally left out: ab_test.py, shop/test/labs.py" in found.notes[0]
    assert (
        found.notes[1] == "not packaged because of [tool.portable] exclude, although the app imports them: test_plan.py"
    )
    assert imported_files(settings, ("app", "shop"), known) == AppFiles({})


def test_programs_stay_programs(tmp_path: Path) -> None:
    made(tmp_path, "app.py", "tool")
    (tmp_path / "tool").chmod(0o744)
    assert shipped(tmp_path).executable == {"tool"}


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9")).write_text("")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with pytest.raises(PortableError, match="not UTF-8"):
        shipped(tmp_path)


@given(st.lists(st.text("ab-_", min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_path_matches_itself_and_the_folder_it_is_in(parts: list[str]) -> None:
    path = "/".join(parts)
    assert matcher([f"/{path}"])(path)
    assert matcher([f"/{path}/"])(f"{path}/x/y")
    assert matcher(["**"])(path)
    assert matcher([parts[-1]])(f"deep/{parts[-1]}")
    assert not matcher([f"/{path}"])(f"x{path}")
