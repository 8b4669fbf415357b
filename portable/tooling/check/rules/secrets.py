"""A subject -> files that would ship though they hold secrets, or are called like files that do; and files that stay at home."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.judging import Judge
from portable.tooling.app.places import shown, split_place
from portable.tooling.app.secret_text import secret_text
from portable.tooling.check.subject import Subject
from portable.tooling.target import Problem

RULE = "secret-file"


def left_out(subject: Subject) -> Iterator[Problem]:
    """Yield a note for each kind of files that do not ship: the app may count on one."""
    for note in subject.files.notes:
        instead = "nothing, if the app does not need them when it runs; else see [tool.portable] include"
        yield Problem(note, error=False, rule="files", instead=instead, note=True)


def secret_files(subject: Subject) -> Iterator[Problem]:
    """Yield errors for what packaging refuses, and warnings for what ships only because `include` names it."""
    for leak in subject.leaks:
        where = leak.where if split_place(leak.where)[1] is not None else f"{leak.where}:1"
        yield Problem(leak.what, where, rule=RULE, instead=leak.instead)
    judge = Judge(subject.settings)
    for path, data in subject.files.files.items():
        if not judge.is_named(path):
            continue
        secret = secret_text(data)
        if secret is not None or judge.is_secret(path):
            what = f"holds what looks like {secret.what}" if secret else "is called like a secret"
            message = f"{path} {what}, and ships because [tool.portable] include names it"
            where = f"{shown(subject.settings.folder / path)}:{secret.line if secret else 1}"
            instead = "declare a Secret and keep its value in the vault; or leave it, if it is none"
            yield Problem(message, where, error=False, rule=RULE, instead=instead)
