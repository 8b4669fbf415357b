"""What the documents show runs: the README's and the tutorial's code and commands, the calls of the bucket's page."""

from __future__ import annotations

import ast
import importlib
import io
import os
import re
import shlex
import shutil
import sys
import types
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from architecture.tracked import ROOT

from portable import Bucket
from portable.testing import events, memory
from portable.tooling.app.signature import bind
from portable.tooling.cli import main

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"`(portable [^`]+)`")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

Portable = Callable[[str], str]


def blocks(document: str, language: str = "python") -> list[str]:
    """Return the code blocks of a document in a language, "" for those that name none."""
    found = BLOCK.findall((ROOT / document).read_text(encoding="utf-8"))
    return [code for name, code in found if name == language]


@pytest.fixture
def portable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Portable:
    """Return a function that runs a command line in an empty folder, expects it to succeed and gives what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(line: str) -> str:
        return ran(line, monkeypatch, capsys)[0]

    return run


def ran(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Run a command line, expect it to succeed, and return what it printed on stdout and on stderr."""
    monkeypatch.setattr("sys.argv", shlex.split(line, comments=True))
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main.run()
    printed = capsys.readouterr()
    assert ended.value.code in (0, None), f"{line}\n{printed.err}"
    return printed.out, printed.err


def module(code: str, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """Return a module `app` that the code made."""
    made = types.ModuleType("app")
    monkeypatch.setitem(sys.modules, "app", made)
    exec(compile(code, "app.py", "exec"), made.__dict__)
    return made


def test_the_code_of_the_readme_runs_and_so_does_its_test(monkeypatch: pytest.MonkeyPatch) -> None:
    app, test = blocks("README.md")
    assert module(app, monkeypatch).upload.__portable__.name == "upload"
    names: dict[str, Callable[[], None]] = {}
    exec(test, names)
    names["test_a_photo_is_given_back"]()


def test_the_app_of_the_readme_answers(portable: Portable, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(blocks("README.md")[0], encoding="utf-8")
    assert "HTTP 201" in portable("portable invoke upload --http 'PUT /photos/cat.jpg' --data meow")
    assert "HTTP 200" in portable("portable invoke download --http 'GET /photos/cat.jpg'")


def test_the_commands_of_the_readme_work_one_after_the_other(portable: Portable, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(blocks("README.md")[0], encoding="utf-8")
    (lines,) = [block.strip().splitlines() for block in blocks("README.md", "") if "portable invoke" in block]
    assert [line.split()[1] for line in lines] == ["invoke", "invoke", "check", "package", "doctor"]
    printed = [portable(line) for line in lines]
    assert "HTTP 201" in printed[0]
    assert printed[1] == "done\n"
    assert (tmp_path / "dist" / "aws" / "bundle.zip").is_file()
    assert "0 errors, 0 warnings" in printed[2]
    assert "FAULT" not in printed[4]


def shown(document: str) -> list[str]:
    """Return the blocks of a document that show commands with what they print."""
    return re.findall(r"(?ms)^```\n(\$ .*?)^```", (ROOT / document).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("sample", "block"), [*zip(("photos", "orders"), shown("docs/dev.md"), strict=True)])
def test_the_commands_over_the_data_print_what_the_page_shows(
    sample: str, block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "samples" / sample, tmp_path / sample, ignore=shutil.ignore_patterns(".portable"))
    monkeypatch.chdir(tmp_path / sample)
    Path("cat.jpg").write_bytes(b"\xff\xd8\xff\xe0 our cat")
    before = dict(os.environ)
    try:
        for example in block.removeprefix("$ ").split("\n$ "):
            line, _, printed = example.partition("\n")
            assert "".join(ran(line, monkeypatch, capsys)).rstrip() == printed.rstrip(), line
    finally:
        os.environ.clear()  # the addresses of these data are in it
        os.environ.update(before)


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_a_row_of_a_table_is_one_line(document: Path) -> None:
    text = BLOCK.sub("", document.read_text(encoding="utf-8"))
    assert not [line for line in text.splitlines() if line.startswith("|") and not line.rstrip().endswith("|")]


def test_the_tutorial_can_be_followed(portable: Portable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = blocks("docs/tutorial.md")
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    (invoke,) = [line for line in COMMAND.findall(text) if line.startswith("portable invoke")]
    assert module(first, monkeypatch).hello("ada") == {"message": "Hello, ada!"}
    (tmp_path / "app.py").write_text(first + second, encoding="utf-8")
    assert '{"message":"Hi, ada!"}' in portable(invoke)
    assert "HTTP 201" in portable("portable invoke . save --http 'PUT /files/a/b.txt' --data hi")


def test_what_the_page_on_buckets_calls_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("big.bin").write_bytes(b"big")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "a")
    store = memory(Bucket("photos"))
    store.put("a.jpg", bytes(200))
    store.put("big.zip", archive.getvalue())
    names = {"store": store, "data": b"{}", "zipfile": zipfile, "folder": str(tmp_path)}
    app, reading, writing, _ = blocks("docs/storage.md")
    assert module(app, monkeypatch).index.__portable__.name == "index"
    exec(reading, names)
    assert (tmp_path / "a.txt").read_text() == "a"
    first, condition, rest = writing.partition('store.put("a.json", data, if_absent=True)')
    exec(first, names)
    store.delete("a.json")
    exec(condition, names)
    names["info"] = store.head("a.json")
    exec(rest, names)
    assert store.get("report.csv") == b"..."
    assert not store.exists("a.json")


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_what_a_document_imports_from_portable_is_there(document: Path) -> None:
    for code in blocks(str(document.relative_to(ROOT))):
        for line in re.findall(r"(?m)^from portable\S* import \([^)]*\)|^from portable\S* import .+$", code):
            (statement,) = ast.parse(line).body
            assert isinstance(statement, ast.ImportFrom)
            found = importlib.import_module(str(statement.module))
            for alias in statement.names:
                assert hasattr(found, alias.name), f"{document.name}: {statement.module} has no {alias.name}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_the_commands_a_document_names_are_there(document: Path) -> None:
    everything = main.program()
    known = {
        command.name or command.callback.__name__ for command in everything.registered_commands if command.callback
    }
    known |= {str(group.name) for group in everything.registered_groups}
    text = document.read_text(encoding="utf-8")
    shown = {*re.findall(r"`portable ([a-z]+)", text), *re.findall(r"(?m)^portable ([a-z]+)", text)}
    assert shown <= known, f"{document.name} names {sorted(shown - known)}"


def test_the_page_of_http_runs_from_top_to_bottom(monkeypatch: pytest.MonkeyPatch) -> None:
    page = module("\n".join(blocks("docs/http.md")), monkeypatch)
    assert page.photo.__portable__.trigger.cors.origins == ("https://shop.example",)


def test_the_page_of_functions_runs_from_top_to_bottom(monkeypatch: pytest.MonkeyPatch) -> None:
    page = module("\n".join(blocks("docs/functions.md")), monkeypatch)
    rows = memory(page.orders)
    page.ship(events.message("o-1"), rows)
    assert rows.get("o-1")["state"] == "shipped"
    for handler in (page.place, page.ship):
        assert bind(handler, [page])
