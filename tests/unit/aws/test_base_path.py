"""`base_path` of [tool.portable.aws], and what an HTTP API loses of a path: declared, checked, written into the entries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from unit.tooling.entry.apps import imported

from portable.tooling.app.model import AppModel
from portable.tooling.entry.parts import assemble
from portable.tooling.target import Options, Problem
from portable_aws.deploy.target import target

APP = """
@function(http.get("/items/{number}"))
def item(number: int) -> int:
    return number

@function(http.get("/files/{name}"))
def file(name: str) -> str:
    return name

jobs = Queue("jobs")

@function(jobs.messages())
def work(message: Message[str]) -> None: ...
"""


def options(base_path: Any) -> Options:
    return Options("3.13", "x86_64", {} if base_path is None else {"base_path": base_path})


def checked(app: AppModel, base_path: Any = None) -> list[Problem]:
    return target.check(app, options(base_path))


@pytest.mark.parametrize(("base_path", "written"), [(None, False), ("", False), ("/v1", True), ("/shop/v1.0", True)])
def test_the_entries_of_http_functions_name_it(tmp_path: Path, base_path: Any, written: bool) -> None:
    with imported(tmp_path, APP) as app:
        assert not [problem for problem in checked(app, base_path) if problem.error]
        entries = {name: assemble(parts) for name, parts in target.plan(app, options(base_path)).entries.items()}
    assert (f"base_path={base_path!r}" in entries["entry_file.py"]) is written
    assert "base_path" not in entries["entry_work.py"]


@pytest.mark.parametrize("base_path", ["v1", "/", "/v1/", "//v1", "/v 1", "/v1?x", "/é", 5, True, ["/v1"]])
def test_what_is_no_key_of_a_mapping_is_refused(tmp_path: Path, base_path: Any) -> None:
    with imported(tmp_path, APP) as app:
        (problem,) = [problem for problem in checked(app, base_path) if problem.error]
    assert "base_path" in problem.message


def test_what_an_http_api_loses_of_a_path_is_a_gap_with_a_name_and_a_place(tmp_path: Path) -> None:
    with imported(tmp_path, APP) as app:
        (gap,) = checked(app)
    assert not gap.error
    assert "%2F" in gap.message
    assert "/files/{name}" in gap.message
    assert gap.where


def test_an_app_whose_paths_lose_nothing_has_no_gap(tmp_path: Path) -> None:
    with imported(tmp_path, '@function(http.get("/items/{number}"))\ndef item(number: int) -> int: ...\n') as app:
        assert checked(app) == []
