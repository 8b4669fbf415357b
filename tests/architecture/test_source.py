"""The house rules that a reader can see: size, docstrings, imports."""

from __future__ import annotations

import ast
from pathlib import Path

from architecture.tracked import name, python_files, shipped, tree

MODULES = python_files("portable", "adapters")
SHIPPED = [path for path in MODULES if shipped(path)]
LIMIT = 300
NEVER_AT_IMPORT = {
    "typing",
    "dataclasses",
    "inspect",
    "asyncio",
    "msgspec",
    "pydantic",
    "boto3",
    "botocore",
    "hypothesis",
}
ALLOWED_AT_IMPORT = {
    "portable/compute/running.py": {"asyncio"},
    "portable/base/codec_msgspec.py": {"msgspec"},
    "portable/compute/loops.py": {"asyncio"},
    "portable/compute/lifespan.py": {"asyncio"},
    "portable/compute/mounted_asgi.py": {"asyncio"},
    "portable/compute/mounted_exchange.py": {"asyncio"},
    "portable/compute/mounted_parts.py": {"asyncio"},
    "portable/eventing/asgi_threads.py": {"asyncio"},
    "portable/eventing/asgi_writing.py": {"asyncio"},
}
"""Modules that only the entries which need them import."""


def at_import(module: ast.Module) -> set[str]:
    """Return the first names of the modules that a module imports while it is imported itself."""
    found: set[str] = set()

    def visit(statements: list[ast.stmt]) -> None:
        for statement in statements:
            if isinstance(statement, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in statement.names)
            elif isinstance(statement, ast.ImportFrom) and statement.module:
                found.add(statement.module.partition(".")[0])
            elif isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
                visit(statement.orelse)
            elif isinstance(statement, (ast.If, ast.Try, ast.With, ast.ClassDef)):
                visit(statement.body)
                visit(getattr(statement, "orelse", []))

    visit(module.body)
    return found


def test_files_are_at_most_300_lines() -> None:
    long = {
        name(path): lines
        for path in python_files("portable", "adapters", "tests", "samples")
        if (lines := count(path)) > LIMIT
    }
    assert long == {}


def test_functions_have_at_most_50_lines() -> None:
    """Without the signature and the docstring: the options of a command are its signature."""
    assert [
        f"{name(path)}: {node.name} has {lines} lines"
        for path in python_files("portable", "adapters", "samples")
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and (lines := body_lines(node)) > 50
    ] == []


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[min(len(node.body) - 1, int(ast.get_docstring(node) is not None))]
    return (node.end_lineno or 0) - first.lineno + 1


def count(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def imports(path: Path) -> set[str]:
    """Return every module that a module imports anywhere, by its full name."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(f"{'.' * node.level}{node.module or ''}")
    return found


def test_every_module_says_what_it_is_for() -> None:
    assert [name(path) for path in MODULES if not ast.get_docstring(tree(path))] == []


def test_what_ships_postpones_annotations() -> None:
    def postpones(path: Path) -> bool:
        rest = tree(path).body[1:]
        return not rest or (isinstance(rest[0], ast.ImportFrom) and rest[0].module == "__future__")

    assert [name(path) for path in SHIPPED if not postpones(path)] == []


def test_what_ships_imports_nothing_heavy_while_it_is_imported() -> None:
    heavy = {name(path): at_import(tree(path)) & NEVER_AT_IMPORT - allowed(path) for path in SHIPPED}
    assert {path: found for path, found in heavy.items() if found} == {}


def allowed(path: Path) -> set[str]:
    if name(path).startswith("adapters/"):
        return {"asyncio", "boto3", "botocore"}  # modules that are imported when a client is first used
    return ALLOWED_AT_IMPORT.get(name(path), set())


def test_imports_are_absolute() -> None:
    assert [name(path) for path in MODULES if any(module.startswith(".") for module in imports(path))] == []


def test_what_ships_never_imports_what_does_not() -> None:
    kept = ("portable.tooling", "portable.testing", "portable.conformance")

    def wrong(path: Path) -> set[str]:
        return {module for module in imports(path) if module.startswith(kept) or ".deploy" in module}

    assert {name(path): found for path in SHIPPED if (found := wrong(path))} == {}


def test_the_core_and_the_adapters_are_apart() -> None:
    adapters = {
        "portable_aws",
        "portable_azure",
        "portable_gcp",
        "portable_local",
        "portable_openfaas",
        "portable_ironworker",
        "portable_container",
    }

    def wrong(path: Path) -> set[str]:
        parts = path.parts
        own = {parts[parts.index("adapters") + 1]} if "adapters" in parts else set()
        return {module for module in imports(path) if module.partition(".")[0] in adapters - own}

    paths = SHIPPED + [path for path in MODULES if name(path).startswith("adapters/")]
    assert {name(path): found for path in paths if (found := wrong(path))} == {}


def test_nothing_is_left_undone() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X ")
    found = [
        name(path)
        for path in python_files("portable", "adapters")
        if any(word in path.read_text("utf-8") for word in words)
    ]
    assert found == []


def test_a_kind_of_resource_is_named_in_its_own_modules_only() -> None:
    """Tables and queues are also what idempotency and dead letters are kept in; no other kind has a second task.

    `adopt` reads the words of other frameworks, which may be the same.
    """
    kinds = {"bucket", "topic", "stream"}
    declared = {"Bucket", "Table", "Queue", "Topic", "Stream"}
    found = []
    for path in python_files("portable/tooling", "portable/testing"):
        if "kinds" in path.parts or name(path).startswith("portable/tooling/adopt/"):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and node.value in kinds:
                found.append(f"{name(path)}:{node.lineno}: {node.value!r}")
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
                asked = {part.strip(" (),") for part in ast.unparse(node.args[1]).replace("|", ",").split(",")}
                found += [f"{name(path)}:{node.lineno}: isinstance of {kind}" for kind in sorted(asked & declared)]
    assert found == []
