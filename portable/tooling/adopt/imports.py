"""Puts a written module together: its imports, what it declares, its helpers, and the edits of its code."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable

from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import loaded_in
from portable.tooling.adopt.source import Edit, OverlapError, Source, applied, lines_of
from portable.tooling.adopt.values import Kind, Note

WIDTH = 120


def written(module: Module) -> str:
    """Return the text of a module with its edits, the imports it needs, what it declares and its helpers.

    Where these do not fit together, the file stays as it is, and a note says so: it is a fault of this command.
    """
    try:
        return _whole(module)
    except (SyntaxError, OverlapError) as error:
        module.carried.clear()
        what = f"the file could not be written anew ({error}); it is copied as it is"
        module.notes.append(
            Note(Kind.lost, what, f"{module.source.path}:1", "this is a fault of portable adopt: please report it")
        )
        return module.source.text


def _whole(module: Module) -> str:
    source = module.source
    edits = _import_edits(module)  # what is inserted at one place stands in the order of this list
    top = "\n".join(f"{variable} = {declaration}" for variable, declaration in module.declared.items())
    if module.anchor is not None:
        edits.append(_at_anchor(source, module.anchor, top))
    elif top:
        edits.append(Edit(*(2 * (_below_imports(source),)), f"\n{top}\n"))
    if module.helpers:
        place = _first_definition(source)
        text = "\n\n\n".join(text.strip("\n") for text in module.helpers.values())
        edits.append(Edit(place, place, f"{text}\n\n\n"))
    edits += [*module.edits, *(_without(source, statement) for statement in module.gone)]
    return tidied(source, applied(source.text, _joined(edits)))


def _joined(edits: list[Edit]) -> list[Edit]:
    """Return edits where those that insert at one place are one edit, in the order in which they were made."""
    inserted: dict[int, str] = {}
    for edit in edits:
        if edit.start == edit.end:
            inserted[edit.start] = inserted.get(edit.start, "") + edit.text
    changed = [edit for edit in edits if edit.start != edit.end]
    kept = [Edit(edit.start, edit.end, inserted.pop(edit.start, "") + edit.text) for edit in changed]
    return [*kept, *(Edit(at, at, text) for at, text in inserted.items())]


def _without(source: Source, statement: ast.stmt) -> Edit:
    start, end = source.whole_lines(statement)
    if source.stands_alone(statement):
        return Edit(*source.span(statement), "pass")
    comment = source.text[source.span(statement)[1] : end].strip()
    return Edit(start, end, f"{comment}\n" if comment.startswith("#") and "noqa" not in comment else "")


def _at_anchor(source: Source, anchor: ast.stmt, top: str) -> Edit:
    start, end = source.whole_lines(anchor)
    comment = source.text[source.span(anchor)[1] : end].strip()
    lines = [*([comment] if comment.startswith("#") else []), *([top] if top else [])]
    return Edit(start, end, "".join(f"{line}\n" for line in lines))


def _leading(source: Source) -> list[ast.stmt]:
    """Return the imports at the top of a module, after its docstring."""
    body = source.tree.body[1:] if ast.get_docstring(source.tree, clean=False) is not None else source.tree.body
    found: list[ast.stmt] = []
    for statement in body:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            break
        found.append(statement)
    return found


def _below_imports(source: Source) -> int:
    top = [item for item in source.tree.body if isinstance(item, ast.Import | ast.ImportFrom)]
    first = _first_definition(source)
    before = [item for item in top if source.whole_lines(item)[1] <= first]
    return source.whole_lines(before[-1])[1] if before else _after_docstring(source)


def _after_docstring(source: Source) -> int:
    if ast.get_docstring(source.tree, clean=False) is not None:
        return source.whole_lines(source.tree.body[0])[1]
    return source.whole_lines(source.tree.body[0])[0] if source.tree.body else 0


def _first_definition(source: Source) -> int:
    """Return where the first function or class begins, with the comments right above it; the end if there is none."""
    for statement in source.tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            line = source.first_line(statement)
            while line > 1 and source.lines[line - 2].startswith("#"):
                line -= 1
            return source.line_start(line)
    return len(source.text)


def _is_standard(statement: ast.stmt) -> bool:
    roots = [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else []
    if isinstance(statement, ast.ImportFrom) and not statement.level:
        roots = [statement.module or ""]
    return bool(roots) and all(root.partition(".")[0] in sys.stdlib_module_names for root in roots)


def _import_edits(module: Module) -> list[Edit]:
    source = module.source
    leading = _leading(source)
    merged, missing = _standard(module, leading)
    standard = [item for item in leading if _is_standard(item) and getattr(item, "module", "") != "__future__"]
    gone = [item for item in leading if item in module.gone]
    future = [item for item in leading if getattr(item, "module", "") == "__future__"]
    last = source.whole_lines(standard[-1])[1] if standard else None
    place = source.whole_lines(gone[0])[0] if gone else None
    others = [item for item in leading if item not in standard + gone + future and _sorts_before(item, module.local)]
    if others:
        place = source.whole_lines(others[-1])[1]
    elif place is None or (last is not None and last > place):
        place = last if last is not None else source.whole_lines(leading[-1])[1] if leading else None
    if place is None or (future and place < source.whole_lines(future[-1])[1]):
        place = source.whole_lines(future[-1])[1] if future else _after_docstring(source)
    ours = _from_line("portable", _aliased(module)) if module.portable else ""
    own = "".join(_from_line(name, names) for name, names in sorted(module.first_party.items()))
    ours = "\n".join(part for part in (ours, own) if part)
    edits = list(merged)
    added = "".join(f"{line}\n" for line in missing)
    if last is not None and last != place:
        edits.append(Edit(last, last, added))
        added = ""
    above = source.text[:place].rstrip(" ")
    gap = (
        "\n"
        if ours and (added or (above and not above.endswith("\n\n"))) and not _follows_other(leading, place, source)
        else ""
    )
    first = "\n" if not leading and above.strip() and not above.endswith("\n\n") and (added or ours) else ""
    below = source.text[place:]
    end = "\n" if ours and not leading and below.strip() and not below.startswith("\n") else ""
    text = f"{first}{added}{gap if added or not first else ''}{ours}{end}"
    return [*edits, Edit(place, place, text)] if text else edits


def _sorts_before(statement: ast.stmt, local: frozenset[str]) -> bool:
    """Return whether an import is of another distribution, with a name before "portable"."""
    name = statement.names[0].name if isinstance(statement, ast.Import) else getattr(statement, "module", None) or ""
    root = name.partition(".")[0]
    return not getattr(statement, "level", 0) and root not in local and root.lower() < "portable"


def _follows_other(leading: list[ast.stmt], place: int, source: Source) -> bool:
    """Return whether the import above a place is one of another distribution, so that no blank line stands between."""
    above = [item for item in leading if source.whole_lines(item)[1] <= place]
    return bool(above) and not _is_standard(above[-1])


def _aliased(module: Module) -> list[str]:
    return [f"{name} as {written}" if (written := module.uses(name)) != name else name for name in module.portable]


def _from_line(root: str, names: Iterable[str]) -> str:
    ordered = sorted(set(names), key=lambda name: (name[:1].islower(), name.lower()))
    line = f"from {root} import {', '.join(ordered)}\n"
    if len(line) <= WIDTH:
        return line
    return f"from {root} import (\n" + "".join(f"    {name},\n" for name in ordered) + ")\n"


def _standard(module: Module, leading: list[ast.stmt]) -> tuple[list[Edit], list[str]]:
    """Return edits of imports that exist already, and the lines of those that are missing."""
    edits, missing = [], []
    top = module.source.tree.body
    for name, wanted in sorted(module.standard.items()):
        plain = {alias.asname or alias.name for item in top if isinstance(item, ast.Import) for alias in item.names}
        if "" in wanted and name not in plain:
            missing.append(f"import {name}")
        names = wanted - {""}
        froms = [item for item in top if isinstance(item, ast.ImportFrom) and item.module == name]
        lacking = names - {alias.name for item in froms for alias in item.names if not alias.asname}
        if not lacking:
            continue
        simple = [item for item in froms if item in leading and not any(alias.asname for alias in item.names)]
        if simple:
            line = _from_line(name, {*lacking, *(alias.name for alias in simple[0].names)})
            edits.append(Edit(*module.source.span(simple[0]), line.rstrip("\n")))
        else:
            missing.append(_from_line(name, lacking).rstrip("\n"))
    return edits, missing


def tidied(source: Source, text: str) -> str:
    """Return a written text without imports that only the old code used, and without holes of blank lines."""
    return _closed(without_unused(source.tree, text))


def without_unused(before: ast.Module, text: str) -> str:
    """Return a text without the top-level imports of names that were used before and are not now."""
    written = Source("written", text)
    used, now = loaded_in(before), loaded_in(written.tree)
    edits = []
    for statement in written.tree.body:
        if not isinstance(statement, ast.Import | ast.ImportFrom) or getattr(statement, "module", "") == "__future__":
            continue
        names = {alias: (alias.asname or alias.name).partition(".")[0] for alias in statement.names}
        kept = [alias for alias, name in names.items() if name in now or name not in used or name == "*"]
        if len(kept) == len(names):
            continue
        if not kept:
            edits.append(_without(written, statement))
            continue
        parts = [f"{alias.name} as {alias.asname}" if alias.asname else alias.name for alias in kept]
        if isinstance(statement, ast.Import):
            line = f"import {', '.join(parts)}"
        else:
            line = _from_line("." * statement.level + (statement.module or ""), parts).rstrip("\n")
        edits.append(Edit(*written.span(statement), line))
    return applied(text, edits)


def _closed(text: str) -> str:
    """Return a text with at most two blank lines in a row, outside of texts over several lines."""
    if not text.strip():
        return ""
    kept: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno != node.lineno:
            kept |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines: list[str] = []
    blank = 0
    for number, line in enumerate(lines_of(text), 1):
        blank = blank + 1 if not line.strip() and number not in kept else 0
        if blank <= 2:
            lines.append(line)
    return "".join(lines).strip("\n") + "\n"
