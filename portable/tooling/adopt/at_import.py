"""What a file does while it is imported, which portable needs to read the app -> notes on what must be there."""

from __future__ import annotations

import ast

from portable.tooling.adopt.names import text_of
from portable.tooling.adopt.source import Source
from portable.tooling.adopt.values import Kind, Note

SDKS = frozenset({"boto3", "google", "googleapiclient", "firebase_admin"})
CLIENT = "a client of a cloud is made when the module is imported, so portable cannot read the app without its settings"


def import_notes(source: Source, given: frozenset[str]) -> list[Note]:
    """Return the notes on a file. `given` are environment variables that the functions have."""
    found = []
    names = _sdk_names(source)
    for statement in source.tree.body:
        where = source.where(statement)
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(statement, ast.ImportFrom) and statement.level and "/" not in source.path:
            what = "a relative import at the top of the app: portable imports its files by their names"
            found.append(Note(Kind.lost, what, where, f"from {statement.module or '…'} import …, without the dot"))
        for node in ast.walk(statement):
            name = _variable(node, given)
            if name:
                value = "environment= sets it when a function starts; " if name in given else ""
                what = f"the variable {name} is read when the module is imported, so portable cannot read the app without it"
                instead = f"{value}set it where you run portable, or take a Setting or a Secret as a parameter (docs/settings.md)"
                found.append(Note(Kind.set_up, what, where, instead))
            elif isinstance(node, ast.Call) and ast.unparse(node.func).partition(".")[0] in names:
                instead = "make the client in a function, or set what it needs where you run portable, such as AWS_DEFAULT_REGION"
                found.append(Note(Kind.set_up, CLIENT, where, instead))
    return found


def _sdk_names(source: Source) -> set[str]:
    """Return the names by which a file knows the SDKs of clouds."""
    found = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                if (getattr(node, "module", None) or alias.name).partition(".")[0] in SDKS:
                    found.add((alias.asname or alias.name).partition(".")[0])
    return found


def _variable(node: ast.AST, given: frozenset[str]) -> str:
    """Return the variable that a node needs, "" for none; one that is read with a default counts if it is `given`."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("os.environ", "environ"):
        return text_of(node.slice) or ""
    read = ("os.environ.get", "environ.get", "os.getenv", "getenv")
    if isinstance(node, ast.Call) and ast.unparse(node.func) in read and node.args:
        name = text_of(node.args[0]) or ""
        return name if name in given else ""
    return ""
