"""Takes source text; returns the bytes of a .pyc that Python never compares with its source. They are reproducible.

Run as a program it compiles for the interpreter that runs it: a pickled {path: source} on stdin, {path: pyc} on
stdout. It imports the standard library only, so that any Python 3.11 or newer can run the file.
"""

from __future__ import annotations

import ast
import importlib.util
import marshal
import pickle
import sys
import warnings
from collections.abc import Mapping
from types import CodeType
from typing import Any

UNCHECKED_HASH = (1).to_bytes(4, "little")
"""The flags of PEP 552: named by the hash of the source, which nothing compares."""


def compiled(sources: Mapping[str, bytes], lean: bool = False) -> dict[str, bytes]:
    """Return the .pyc of each source; one that cannot be compiled is left out.

    `lean` is for our own modules: it leaves out docstrings, the annotations of functions and what only checkers read.

    The path given is the one recorded, so it should be relative to the bundle.
    """
    for number in range(256):  # Python shares these; marshal tells whether anybody interned one
        sys.intern(chr(number))
    made = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path, source in sources.items():
            try:
                program = _Lean().visit(ast.parse(source, path)) if lean else source
                code = compile(program, path, "exec", dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError):
                continue
            made[path] = _pyc(code, source)
    return made


def cached_path(path: str, version: str) -> str:
    """Return where the import system looks for the .pyc of a source: a/__pycache__/b.cpython-312.pyc."""
    folder, _, name = path.rpartition("/")
    return (
        f"{folder}{'/' if folder else ''}__pycache__/{name.removesuffix('.py')}.cpython-{version.replace('.', '')}.pyc"
    )


def _pyc(code: CodeType, source: bytes) -> bytes:
    code = _own_sets(code)
    held: list[object] = []
    _hold(code, held)
    return importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source) + marshal.dumps(code)


class _Lean(ast.NodeTransformer):
    """Leaves out what our own modules never use at run time.

    That is docstrings, the annotations of functions, and what only type checkers read (`if TYPE_CHECKING:`, which is
    False in each of our modules). The annotations of classes stay: they are the fields of values.
    """

    def visit_If(self, node: ast.If) -> Any:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" and not node.orelse:
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)

    def visit_Module(self, node: ast.Module) -> Any:
        return self._without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        return self._without_docstring(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return self._without_docstring(self._without_annotations(node))

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return self._without_docstring(self._without_annotations(node))

    def _without_annotations(self, node: Any) -> Any:
        node.returns = None
        given = node.args
        for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
            if argument is not None:
                argument.annotation = None
        return node

    def _without_docstring(self, node: Any) -> Any:
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            empty = len(node.body) == 1 and not isinstance(node, ast.Module)
            node.body[:1] = [ast.copy_location(ast.Pass(), first)] if empty else []
        return self.generic_visit(node)


def _own_sets(code: CodeType) -> CodeType:
    """Return the code with sets of its own: whether equal ones are shared depends on what was compiled before."""
    constants = tuple(
        _own_sets(value)
        if isinstance(value, CodeType)
        else frozenset(list(value))
        if isinstance(value, frozenset)
        else value
        for value in code.co_consts
    )
    same = all(new is old for new, old in zip(constants, code.co_consts, strict=True))
    return code if same else code.replace(co_consts=constants)


def _hold(value: object, held: list[object]) -> None:
    """Refer to every part of a code object: marshal writes an object that is referred to once in another way."""
    held.append(value)
    if isinstance(value, CodeType):
        for part in (
            value.co_consts,
            value.co_names,
            value.co_varnames,
            value.co_cellvars,
            value.co_freevars,
            value.co_filename,
            value.co_name,
            value.co_qualname,
            value.co_linetable,
            value.co_exceptiontable,
        ):
            _hold(part, held)
    elif isinstance(value, (tuple, frozenset)):
        for part in value:
            _hold(part, held)


if __name__ == "__main__":
    given = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - from our parent
    sys.stdout.buffer.write(pickle.dumps(compiled(given, lean="lean" in sys.argv)))
