"""`Source`: one Python file as text and tree. Places are offsets of characters."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Edit:
    """A range of the text, from `start` to before `end`, and what stands there instead."""

    start: int
    end: int
    text: str


class OverlapError(Exception):
    """Two edits change the same text."""


class Source:
    """The text of a file, its tree, and where each node stands. Raises SyntaxError for text that is not Python."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.tree = ast.parse(text, path)
        self.lines = lines_of(text)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line))
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line (from 1) and a column in UTF-8 bytes, as nodes have them."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return self._starts[line - 1] + (
            column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))
        )

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends. A function begins at its first decorator."""
        first = min((item.lineno for item in getattr(node, "decorator_list", ())), default=node.lineno)  # type: ignore[attr-defined]
        start = self.line_start(first) + self.indent_of(first) if first != node.lineno else None  # type: ignore[attr-defined]
        begin = self.offset(node.lineno, node.col_offset) if start is None else start  # type: ignore[attr-defined]
        return begin, self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def segment(self, node: ast.AST) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def line_start(self, line: int) -> int:
        """Return the offset at which a line (from 1) begins."""
        return self._starts[line - 1]

    def indent_of(self, line: int) -> int:
        """Return how many blanks a line begins with."""
        text = self.lines[line - 1]
        return len(text) - len(text.lstrip(" \t"))

    def first_line(self, node: ast.AST) -> int:
        """Return the line of a node, of a function that of its first decorator."""
        first: int = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", ()))])  # type: ignore[attr-defined]
        return first

    def where(self, node: ast.AST) -> str:
        """Return "file:line" of a node."""
        return f"{self.path}:{self.first_line(node)}"

    def whole_lines(self, node: ast.AST) -> tuple[int, int]:
        """Return the range of all lines of a node, with their ends."""
        return self.line_start(self.first_line(node)), self._starts[node.end_lineno]  # type: ignore[attr-defined]

    def stands_alone(self, statement: ast.stmt) -> bool:
        """Return whether a statement is all that its block has."""
        parent = self.parents.get(statement)
        blocks = (getattr(parent, name, None) for name in ("body", "orelse", "finalbody"))
        return any(isinstance(block, list) and block == [statement] for block in blocks)

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """Return the statement that a node stands in, itself if it is one."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def function_of(self, node: ast.AST) -> FunctionNode | None:
        """Return the innermost function around a node; None at the top of the module."""
        found: ast.AST | None = self.parents.get(node)
        while found is not None and not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
            found = self.parents.get(found)
        return found

    def signature(self, function: FunctionNode) -> tuple[int, int]:
        """Return the range from the "(" of a function's parameters to its ":"."""
        begin = self.offset(function.lineno, function.col_offset)
        depth, start = 0, None
        for operator, at in self._tokens(begin):
            if operator == "(" and start is None:
                start = at
            depth += (operator in "([{") - (operator in ")]}")
            if operator == ":" and depth == 0 and start is not None:
                return start, at
        raise AssertionError(f"{self.where(function)} has no signature")

    def segment_of_parameters(self, function: FunctionNode) -> str:
        """Return what stands between the parentheses of a function's parameters, without blanks around it."""
        start, end = self.signature(function)
        return self.text[start + 1 : end].partition(")")[0].strip()

    def _tokens(self, begin: int) -> Iterator[tuple[str, int]]:
        rest = self.text[begin:]
        starts = [0]
        for line in lines_of(rest):
            starts.append(starts[-1] + len(line))
        for token in tokenize.generate_tokens(io.StringIO(rest).readline):
            if token.type == tokenize.OP:
                yield token.string, begin + starts[token.start[0] - 1] + token.start[1]


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with their ends, as Python counts them: a form feed or U+2028 ends none."""
    return list(io.StringIO(text))


def applied(text: str, edits: list[Edit], offset: int = 0) -> str:
    """Return a text, which begins at `offset`, with edits that do not overlap."""
    pieces, done = [], offset
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < done:
            raise OverlapError(f"edits overlap at {edit.start}")
        pieces += [text[done - offset : edit.start - offset], edit.text]
        done = edit.end
    return "".join([*pieces, text[done - offset :]])
