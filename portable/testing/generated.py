"""A generated entry module as a syntax tree in, the same one for the in-memory cloud out.

Its drivers and event loop become the kit's, its logging is left as the test has it, its generated calls are observed.
"""

from __future__ import annotations

import ast

from portable.tooling.app.model import FunctionModel


class Changed(ast.NodeTransformer):
    """Changes the modules of one plan. `__kit__` must be among a module's names: a `WireRoad`."""

    def __init__(self, functions: tuple[FunctionModel, ...], paths: set[str]) -> None:
        self._calls = {f"_call_{function.identifier}": function.name for function in functions}
        self._paths = paths

    def module(self, tree: ast.Module) -> ast.Module:
        """Return the changed module."""
        last: dict[str, int] = {}
        for index, statement in enumerate(tree.body):
            name = _bound(statement)
            if name in self._calls:
                last[name] = index
        body: list[ast.stmt] = []
        for index, statement in enumerate(tree.body):
            changed = self.visit(statement)
            if changed is not None:
                body.append(changed)
            body += [self._observe(name) for name, place in last.items() if place == index]
        tree.body = body
        return ast.fix_missing_locations(tree)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """Give the module the kit's drivers and runner."""
        if _bound(node) in ("_drivers", "_run"):
            node.value = _kit(str(_bound(node))[1:])
            return node
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Leave the test's logging as it is."""
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_install":
            return None
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Load another entry's call from the generated modules, which are not on the path."""
        if isinstance(node.value, str) and ":_call_" in node.value:
            module, _, name = node.value.partition(":")
            if f"{module}.py" in self._paths:
                return ast.Call(_kit("late"), [ast.Constant(f"{module}.py"), ast.Constant(name)], [])
        return node

    def _observe(self, name: str) -> ast.stmt:
        """Return `name = __kit__.observed("function", name)`."""
        value = ast.Call(_kit("observed"), [ast.Constant(self._calls[name]), ast.Name(name, ast.Load())], [])
        return ast.Assign([ast.Name(name, ast.Store())], value)


def _bound(statement: ast.stmt) -> str | None:
    """Return the name that a statement binds: a function's, or that of a plain assignment."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return statement.name
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return None


def _kit(name: str) -> ast.Attribute:
    return ast.Attribute(ast.Name("__kit__", ast.Load()), name, ast.Load())
