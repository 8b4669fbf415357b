"""An `Adopted` -> the report, as text and as data."""

from __future__ import annotations

from itertools import groupby

from portable.tooling.adopt.values import Adopted, Kind, Note

TITLES = {
    Kind.lost: "Not carried over",
    Kind.changed: "Means something else",
    Kind.set_up: "To be set up",
    Kind.client: "SDKs that stay, and what could replace them",
}


def report_text(adopted: Adopted) -> str:
    """Return the report for a terminal."""
    number = len(adopted.functions)
    lines = [f"{number} function{'' if number == 1 else 's'} of {adopted.framework}"]
    lines += [f"  {function.where}: {function.name}: {function.trigger}" for function in adopted.functions]
    for kind, title in TITLES.items():
        notes = [note for note in adopted.notes if note.kind is kind]
        if notes:
            lines += ["", f"{title} ({len(notes)})"]
            for instead, group in groupby(sorted(notes, key=_order), key=lambda note: note.instead):
                lines += [*(f"  {note.where}: {note.what}" for note in group), f"    instead: {instead}"]
    return "\n".join(lines)


def _order(note: Note) -> tuple[str, str, int]:
    path, _, line = note.where.rpartition(":")
    return note.instead, path, int(line) if line.isdigit() else 0


def report_data(adopted: Adopted) -> dict[str, object]:
    """Return the report as data: the framework, the files, the functions, and every note."""
    return {
        "framework": adopted.framework,
        "files": list(adopted.files),
        "functions": [{"name": item.name, "trigger": item.trigger, "where": item.where} for item in adopted.functions],
        "notes": [
            {"kind": note.kind.name, "what": note.what, "where": note.where, "instead": note.instead}
            for note in adopted.notes
        ],
    }
