"""The reference is what the code says: every public name has its section and an example, and every example runs."""

from __future__ import annotations

import ast
import asyncio
import importlib
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from architecture.tracked import ROOT

import portable
from portable.tooling.app.signature import bind

EXAMPLES = ROOT / "docs" / "reference" / "examples"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CALLED = {
    "request": "Request",
    "response": "Response",
    "message": "Message",
    "context": "Context",
    "tick": "Tick",
    "cloud": "Cloud",
    "http": "http",
    "sort": "sort",
}
"""What a name in small letters stands for in the documents."""


FOREIGN = {"http.cookies"}
"""Modules of Python that look like names of ours."""


@pytest.fixture(scope="module")
def tool() -> Iterator[Any]:
    """Return tools/reference.py."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        yield importlib.import_module("reference")
    finally:
        sys.path.remove(str(ROOT / "tools"))


def test_every_public_name_has_a_section_and_an_example(tool: Any) -> None:
    assert not tool.missing(), "\n".join(tool.missing())


def test_a_new_public_name_is_told_where_it_is_to_be_written(tool: Any) -> None:
    (told,) = tool.missing({*tool.public(), "Novelty"})
    assert told.startswith("Novelty is public and has no section: add it to a Page in tools/reference.py")


def test_the_pages_are_what_the_tool_makes(tool: Any) -> None:
    for name, text in tool.pages().items():
        written = (tool.FOLDER / name).read_text(encoding="utf-8")
        assert written == text, f"docs/reference/{name} is older than the code: run python tools/reference.py"
    assert {path.name for path in tool.FOLDER.glob("*.md")} == set(tool.pages())


def test_every_attribute_of_a_public_class_is_explained(tool: Any) -> None:
    """By the text of its property, or by its name in backticks in the text of its class."""
    silent = []
    for name, what in tool.public().items():
        if name in portable.__all__ and isinstance(what, type):
            text = "".join(base.__doc__ or "" for base in what.__mro__)
            found = tool.reading.attributes(what)
            silent += [f"{name}.{a.name}" for a in found if not a.says and f"`{a.name}`" not in text]
    assert not silent, "name each in the docstring of its class, in backticks"


def test_every_public_class_and_method_has_a_docstring(tool: Any) -> None:
    bare = [name for name, what in tool.public().items() if not tool.reading.doc(what)]
    for name, what in tool.public().items():
        if isinstance(what, type):
            bare += [f"{name}.{n}" for n, method in tool.reading.methods(what, set()).items() if not method.__doc__]
    assert not bare


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = types.ModuleType(f"example_{path.stem}")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    try:
        exec(compile(_raising(path), path, "exec"), made.__dict__)
    finally:
        asyncio.set_event_loop(None)
    for handler in [found for found in vars(made).values() if hasattr(found, "__portable__")]:
        bind(handler)


def _raising(path: Path) -> ast.Module:
    """Return the module; where it catches an error that is not raised, it fails."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for line in tree.body:
        if isinstance(line, ast.Try):
            line.orelse = ast.parse(f"raise AssertionError('nothing was raised at line {line.lineno}')").body
    return ast.fix_missing_locations(tree)


def test_the_examples_of_the_test_kit_are_tests_that_pass(tmp_path: Path) -> None:
    (tmp_path / "test_examples.py").write_bytes((EXAMPLES / "testing.py").read_bytes())
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        "test_examples.py",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_attribute_that_a_document_names_is_there(document: Path, tool: Any) -> None:
    public = {**tool.public(), **dict(map(tool.named, [other for page in tool.PAGES for other in page.others]))}
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    unknown = []
    for code in re.findall(r"`([^`\n]+)`", text):
        for owner, name in re.findall(r"(?<![\w./-])([A-Za-z]\w+)\.([A-Za-z]\w*)", code):
            what = public.get(CALLED.get(owner, owner if owner[0].isupper() else ""))
            if what is not None and f"{owner}.{name}" not in FOREIGN and not _has(what, name, tool):
                unknown.append(f"{owner}.{name}")
    assert not unknown, f"{document.name} names what is not there"


def test_every_variable_of_the_page_of_addresses_is_read_by_the_code() -> None:
    source = "".join(
        p.read_text(encoding="utf-8") for home in ("adapters", "portable") for p in (ROOT / home).rglob("*.py")
    )
    text = (ROOT / "docs" / "addresses.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:AWS|AZURE|GOOGLE|PORTABLE(?!_BUCKET_MY)|Azure)[A-Za-z_]+|[A-Z_]+_HOST)(?==|`)", text))
    assert len(named) > 10
    assert {
        name for name in named if name not in source.replace("AWS_ENDPOINT_URL_{service", "AWS_ENDPOINT_URL_S3")
    } == set()


def _has(what: Any, name: str, tool: Any) -> bool:
    return hasattr(what, name) or (isinstance(what, type) and name in {a.name for a in tool.reading.attributes(what)})


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_of_a_document_leads_to_a_file_and_a_heading(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in target:
            path, _, heading = target.partition("#")
            file = (document.parent / path).resolve() if path else document
            assert file.is_file(), f"{document.name}: {target}"
            assert not heading or heading in _headings(file), f"{document.name}: {target}"


def _headings(file: Path) -> set[str]:
    titles = re.findall(r"(?m)^#+ (.+)$", file.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
