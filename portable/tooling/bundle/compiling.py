"""Takes source text; returns the bytes of a .pyc that Python never compares with its source. They are reproducible.

Run as a program it compiles for the interpreter that runs it, in the form that its argument names: a pickled {path:
source} on stdin, {path: pyc} on stdout. It imports the standard library only, so that any Python 3.11 or newer can run the file.
"""

from __future__ import annotations
import __future__

import ast
import importlib.util
import marshal
import pickle
import sys
import warnings
from collections.abc import Iterator, Mapping
from types import CodeType
from typing import Any

UNCHECKED_HASH = (1).to_bytes(4, "little")
"""The flags of PEP 552: named by the hash of the source, which nothing compares."""
_HEADER = 16
"""Bytes before the code: magic number, flags, hash of the source."""


def compiled(sources: Mapping[str, bytes], lean: bool = False) -> dict[str, bytes]:
    """Return the .pyc of each source; one that cannot be compiled is left out.

    `lean` is for our own modules: it leaves out docstrings, what only checkers read, and `from __future__ import
    annotations`, whose flag is given to the compiler instead.

    The path given is the one recorded, so it should be relative to the bundle.
    """
    for number in range(256):  # Python shares these; marshal tells whether anybody interned one
        sys.intern(chr(number))
    made = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path, source in sources.items():
            try:
                code = _lean(source, path) if lean else compile(source, path, "exec", dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError):
                continue
            made[path] = _pyc(code, source)
    return made


IMPORTER = "portable.base.one_file"
_ONE_FILE = """
from marshal import loads as _loads
_modules, _importer, __path__ = dict(MODULES), {}, []
exec(_loads(_modules[IMPORTER][1]), _importer)
_importer["install"](_modules, __spec__)
exec(_loads(OWN))
"""
"""The module `portable` with all others inside: their importer, then its own code. Names in capitals become constants."""


def one_file(sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return our modules as one file, `portable.pyc`; nothing if one of them cannot be compiled."""
    made = compiled(sources, lean=True)
    if len(made) < len(sources):
        return {}
    codes = {}
    for path, pyc in sorted(made.items()):
        package = path.endswith("/__init__.py")
        empty = package and path != "portable/__init__.py" and not _has_code(sources[path])
        codes[_module_name(path)] = (package, b"" if empty else pyc[_HEADER:])
    _, own = codes.pop("portable")
    constants = {"MODULES": tuple(codes.items()), "OWN": own, "IMPORTER": IMPORTER}
    tree = _Constants(constants).visit(ast.parse(_ONE_FILE))
    code = compile(tree, "portable.py", "exec", dont_inherit=True)
    return {"portable.pyc": _pyc(code, b"".join(sources[path] for path in sorted(sources)))}


def _has_code(source: bytes) -> bool:
    """Return whether a module has more than a docstring."""
    return any(not isinstance(node, ast.Expr) for node in ast.parse(source).body)


class _Constants(ast.NodeTransformer):
    """Puts values in the place of names."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> Any:
        return ast.copy_location(ast.Constant(self._values[node.id]), node) if node.id in self._values else node


def _module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


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


def _lean(source: bytes, path: str) -> CodeType:
    lean = _Lean()
    tree = lean.visit(ast.parse(source, path))
    flags = __future__.annotations.compiler_flag if lean.postponed else 0
    code: CodeType = compile(tree, path, "exec", flags, dont_inherit=True)
    return short_lines(code)


class _Lean(ast.NodeTransformer):
    """Leaves out what our own modules never use at run time.

    That is docstrings, what only type checkers read (`if TYPE_CHECKING:`, which is False in each of our modules), and
    annotations. Only those in a class with a base stay: they are the fields of values. `postponed` says whether the
    source asked for postponed annotations.
    """

    postponed = False

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        if node.module == "__future__" and [alias.name for alias in node.names] == ["annotations"]:
            self.postponed = True
            return None
        return node

    def visit_If(self, node: ast.If) -> Any:
        test, checking = node.test, True
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, checking = test.operand, False
        if not isinstance(test, ast.Name) or test.id != "TYPE_CHECKING":
            return self.generic_visit(node)
        kept = [self.visit(statement) for statement in (node.orelse if checking else node.body)]
        return kept or ast.copy_location(ast.Pass(), node)

    def visit_Module(self, node: ast.Module) -> Any:
        self._without_docstring(node)
        if not any(
            isinstance(part, ast.Name) and part.id == "TYPE_CHECKING" and isinstance(part.ctx, ast.Load)
            for part in ast.walk(node)
        ):
            node.body = [part for part in node.body if not _is_flag(part)]
        return self._without_fields(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self._without_docstring(node)
        return node if node.bases else self._without_fields(node)

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

    def _without_fields(self, node: Any) -> Any:
        """Leave out the annotations of the names of a module or class; a name that has a value keeps it."""
        kept: list[ast.stmt] = []
        for part in node.body:
            if not isinstance(part, ast.AnnAssign):
                kept.append(part)
            elif part.value is not None:
                kept.append(ast.copy_location(ast.Assign([part.target], part.value), part))
        if not kept and not isinstance(node, ast.Module):
            kept = [ast.copy_location(ast.Pass(), node)]
        node.body = kept
        return node

    def _without_docstring(self, node: Any) -> Any:
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            empty = len(node.body) == 1 and not isinstance(node, ast.Module)
            node.body[:1] = [ast.copy_location(ast.Pass(), first)] if empty else []
        return self.generic_visit(node)


def _is_flag(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and ast.unparse(statement) == "TYPE_CHECKING = False"


def short_lines(code: CodeType) -> CodeType:
    """Return the code with a shorter table of its lines: one entry for each run of a line, not one for each instruction.

    The format is that of Python 3.11 and newer (`InternalDocs/code_objects.md` of CPython). If this Python reads another
    one, its own table stays.
    """
    table, before = bytearray(), code.co_firstlineno
    for line, units in _runs(code):
        for at in range(0, units, 8):
            length = min(8, units - at) - 1
            table.append(_NO_LINE | length if line is None else _ONLY_LINE | length)
            if line is not None:
                table += _signed(line - before)
                before = line
    constants = tuple(short_lines(value) if isinstance(value, CodeType) else value for value in code.co_consts)
    made = code.replace(co_consts=constants, co_linetable=bytes(table))
    same = list(_runs(made)) == list(_runs(code))
    return made if same else code.replace(co_consts=constants)


_ONLY_LINE = 0x80 | 13 << 3
_NO_LINE = 0x80 | 15 << 3


def _runs(code: CodeType) -> Iterator[tuple[int | None, int]]:
    """Yield each line of the code in the order of its instructions, with how many units of two bytes it takes."""
    before, units = None, 0
    for start, end, line in code.co_lines():
        if units and line != before:
            yield before, units
            units = 0
        before, units = line, units + (end - start) // 2
    if units:
        yield before, units


def _signed(number: int) -> bytes:
    """Return a number as the table has it: six bits in a byte, the lowest first, the sign in the lowest bit."""
    rest = (-number << 1) | 1 if number < 0 else number << 1
    found = bytearray()
    while rest >= 64:
        found.append(rest & 63 | 64)
        rest >>= 6
    found.append(rest)
    return bytes(found)


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
    made = one_file(given) if "one file" in sys.argv else compiled(given, lean="lean" in sys.argv)
    sys.stdout.buffer.write(pickle.dumps(made))
