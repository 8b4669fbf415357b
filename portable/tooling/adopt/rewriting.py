"""`Rewriter`: rules that replace nodes of a `Source`, applied from the outside in. What no rule names stays as it is."""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Callable, Collection

from portable.tooling.adopt.source import Edit, Source, applied

Rule = Callable[[ast.AST, "Rewriter"], "str | None"]
"""Takes a node, returns the text that replaces it or None. Parts of the node that stay are asked for by `rewriter.text`."""
WIDTH = 120
REMOVED = "\0"
"""What a rule returns for a statement that vanishes with its line."""


class Rewriter:
    """Applies rules to nodes of one source. `remark` puts a comment above the statement of a node."""

    def __init__(self, source: Source, rules: tuple[Rule, ...]) -> None:
        self.source = source
        self.rules = rules
        self._remarks: list[str] = []

    def remark(self, text: str) -> None:
        """Put `# adopt: <text>` above the statement that is being rewritten."""
        if text not in self._remarks:
            self._remarks.append(text)

    def text(self, node: ast.AST) -> str:
        """Return the text of a node with the rules applied to it and to all that is in it."""
        start, end = self.source.span(node)
        return applied(self.source.text[start:end], self.edits(node), start)

    def edits(self, node: ast.AST) -> list[Edit]:
        """Return what the rules change in a node."""
        if not isinstance(node, ast.stmt):
            return self._inside(node)
        before, self._remarks = self._remarks, []
        made = self._inside(node)
        if self._remarks:
            line = self.source.first_line(node)
            start = self.source.line_start(line)
            indent = self.source.text[start : start + self.source.indent_of(line)]
            comment = "".join(remarked(remark, indent) for remark in self._remarks)
            made = _with_comment(made, start, comment)
        self._remarks = before
        return made

    def _inside(self, node: ast.AST) -> list[Edit]:
        for rule in self.rules:
            replacement = rule(node, self)
            if replacement == REMOVED and isinstance(node, ast.stmt):
                return [self._removed(node)]
            if replacement is not None:
                return [Edit(*self.source.span(node), replacement)]
        if isinstance(node, ast.JoinedStr) and sys.version_info < (3, 12):
            return self._formatted(node)
        return [edit for child in ast.iter_child_nodes(node) for edit in self.edits(child)]

    def _removed(self, statement: ast.stmt) -> Edit:
        start, end = self.source.whole_lines(statement)
        first, last = self.source.span(statement)
        comment = self.source.text[last:end].strip()
        indent = self.source.text[start:first]
        if self.source.stands_alone(statement) or indent.strip() or (comment and not comment.startswith("#")):
            return Edit(first, last, "pass")
        return Edit(start, end, f"{indent}{comment}\n" if comment else "")

    def _formatted(self, node: ast.JoinedStr) -> list[Edit]:
        """Python 3.11 does not know where the parts of an f-string stand: it is written anew where a rule changes one."""
        unplaced = _Unplaced(self)
        written = unplaced.rebuilt(node)
        return [Edit(*self.source.span(node), ast.unparse(written))] if unplaced.changed else []


class _Unplaced(Rewriter):
    """Gives the text of nodes in f-strings, whose places are unknown."""

    def __init__(self, whole: Rewriter) -> None:
        super().__init__(whole.source, whole.rules)
        self._remarks = whole._remarks
        self.changed = False

    def text(self, node: ast.AST) -> str:
        return ast.unparse(self.rebuilt(node))

    def rebuilt(self, node: ast.AST) -> ast.AST:
        """Return a node, made anew, in which the rules are applied."""
        for rule in self.rules:
            replacement = rule(node, self)
            if replacement is not None:
                self.changed = True
                return ast.parse(f"({replacement})", mode="eval").body
        fields = {name: self._rebuilt_field(value) for name, value in ast.iter_fields(node)}
        return ast.copy_location(type(node)(**fields), node)

    def _rebuilt_field(self, value: object) -> object:
        if isinstance(value, list):
            return [self._rebuilt_field(item) for item in value]
        return self.rebuilt(value) if isinstance(value, ast.AST) else value


def _with_comment(made: list[Edit], start: int, comment: str) -> list[Edit]:
    """Return edits with a comment at the beginning of a line, before an edit that begins there too."""
    for number, edit in enumerate(made):
        if edit.start <= start < max(edit.end, start + 1) and edit.start == start:
            made[number] = Edit(edit.start, edit.end, comment + edit.text)
            return made
    return [*made, Edit(start, start, comment)]


def remarked(text: str, indent: str = "") -> str:
    """Return the lines of a comment that tells what is to be done, each with its end."""
    lines = textwrap.wrap(f"adopt: {text}", WIDTH - len(indent) - 2, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{indent}# {line}\n" for line in lines)


def commented(source: Source, statement: ast.stmt, why: str) -> str:
    """Return the lines of a statement as comments below a note. `pass` takes its place if it stands alone."""
    start, end = source.whole_lines(statement)
    indent = " " * source.indent_of(source.first_line(statement))
    lines = source.text[start:end].splitlines()
    body = [f"{indent}# {line[len(indent) :]}".rstrip() for line in lines]
    tail = [f"{indent}pass"] if source.stands_alone(statement) else []
    return "\n".join([remarked(why, indent).rstrip("\n"), *body, *tail]).removeprefix(indent)


def without_rule(statements: Collection[ast.stmt]) -> Rule:
    """Return the rule by which statements vanish."""

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        return REMOVED if node in statements else None

    return rule
