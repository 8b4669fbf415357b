"""Names in generated modules never stand for two things, whatever the app's modules, functions and parameters are called."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tooling.entry.apps import imported, served

from portable.errors import DeclarationError
from portable.tooling.app.model import Code
from portable.tooling.entry.names import PLUMBING, Names
from portable.tooling.target import Options
from portable.tooling.targets import load_target

PART = st.from_regex(r"[a-c_]{1,4}", fullmatch=True)


@given(st.lists(st.tuples(st.lists(PART, min_size=1, max_size=3), PART), max_size=12))
def test_each_imported_object_has_an_alias_of_its_own(objects: list[tuple[list[str], str]]) -> None:
    names = Names()
    aliases = {
        (".".join(module), name): names.code(Code("", home=(".".join(module), name))) for module, name in objects
    }
    assert len(set(aliases.values())) == len(aliases)
    assert not set(aliases.values()) & set(PLUMBING)
    assert len(names.imports) == len(aliases)


@given(st.lists(st.sampled_from(["_a", "_a_2", "_a_2_2", "_run", "_drivers"]), max_size=20))
def test_a_name_is_given_out_once(wanted: list[str]) -> None:
    names = Names()
    found = [names.own(name) for name in wanted]
    assert len(set(found)) == len(found)
    assert not set(found) & set(PLUMBING)


def test_the_same_object_keeps_its_alias() -> None:
    names = Names()
    assert names.imported("shop", "store") == names.imported("shop", "store")


def test_a_module_that_needs_a_name_of_the_generated_module_is_refused() -> None:
    names = Names()
    with pytest.raises(DeclarationError, match="rename the module"):
        names.code(Code("_drivers.Job", ("import _drivers",)))


def test_modules_of_one_package_share_its_name() -> None:
    names = Names()
    for module in ("shop.a", "shop.b", "shop"):
        names.code(Code(f"{module}.Job", (f"import {module}",)))
    assert names.imports == ("import shop", "import shop.a", "import shop.b")


def test_parameters_of_two_functions_that_spell_one_name_stay_apart(tmp_path: Path) -> None:
    source = """
    @function(http.get("/one"), name="aaa")
    def one(b__c: Annotated[int, http.Header("x")]) -> str:
        return f"one {b__c}"

    @function(http.get("/two"), name="aaa--b")
    def two(c: Annotated[Literal["x", "y"], http.Header("x")]) -> str:
        return f"two {c}"
    """
    with served(tmp_path, source) as entry:
        assert entry.send("GET", "/one", headers={"x": "7"}).body == b"one 7"
        assert entry.send("GET", "/two", headers={"x": "y"}).body == b"two y"


@pytest.mark.parametrize("target", ["aws", "azure", "gcp", "local"])
def test_a_generated_module_binds_no_name_twice(tmp_path: Path, target: str) -> None:
    source = """
    from dataclasses import dataclass
    from portable import AsyncBucketWriter

    @dataclass
    class Job:
        n: int

    store, one, two, on_get = Bucket("store"), Queue("one"), Queue("two"), Bucket("get")

    @function(one.messages(), dead_letter=True)
    async def work_async(m: Message[Job]) -> None: ...

    @function(two.messages(), dead_letter=True)
    def work_sync(m: Message[Job], b: Annotated[BucketReader, store]) -> None: ...

    @function(http.get("/"), name="get")
    def get(b: Annotated[BucketReader, on_get]) -> str: ...

    @function(http.put("/"), name="unknown-path")
    async def put(b: Annotated[AsyncBucketWriter, store]) -> str: ...
    """
    with imported(tmp_path, source) as app:
        chosen = load_target(target)
        plan = chosen.plan(app, Options(chosen.platform.pythons[-1], "x86_64", {}))
        for path, text in plan.generated().items():
            if path.endswith(".py") and path in plan.entries:
                bound = _bound(ast.parse(text))
                assert sorted(bound) == sorted(set(bound)), path


def _bound(tree: ast.Module) -> list[str]:
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found += [alias.asname or alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.append(node.targets[0].id)
    return found
