"""A subject -> the functions that may do what only others of their identity asked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from portable.tooling.check.finding import GAIN
from portable.tooling.check.gains import Identity, identities
from portable.tooling.check.subject import Subject
from portable.tooling.infra.blueprint import deployed
from portable.tooling.isolation import KEY
from portable.tooling.target import Problem

TOLD = 3
"""Permissions that a message names."""


def gained_permissions(subject: Subject) -> Iterator[Problem]:
    """Yield a note for each function that gains a permission. `--strict` fails on it."""
    if subject.plan is None:
        return
    places = {function.name: function.where for function in subject.app.functions}
    for identity in identities(deployed(subject.plan)):
        for function in identity.functions:
            if identity.gained(function):
                yield Problem(
                    _message(identity, function),
                    places[function],
                    error=False,
                    rule=GAIN,
                    instead=_instead(subject, function),
                    note=True,
                )


def _message(identity: Identity, function: str) -> str:
    count = identity.gained(function)
    first = [f"{gain.permission}, for {gain.asked_by[0]}" for gain in islice(identity.gains(function), TOLD)]
    more = f"; and {count - TOLD} more" if count > TOLD else ""
    many = f"{count} permission{'s' if count > 1 else ''}"
    return f"{function} gains {many} that it did not ask for, by the identity {identity.name}: {'; '.join(first)}{more}"


def _instead(subject: Subject, function: str) -> str:
    if KEY not in subject.target.keys:
        return "make it an app of its own"
    return f'[tool.portable.{subject.target.name}] {KEY} = ["{function}"] gives it an identity of its own; else make it an app of its own'
