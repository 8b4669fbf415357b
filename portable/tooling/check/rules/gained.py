"""A subject -> the functions that may do what only others of their identity asked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from portable.tooling.check.finding import GAIN
from portable.tooling.check.gains import Identity, identities
from portable.tooling.check.subject import Subject
from portable.tooling.infra.blueprint import deployed
from portable.tooling.isolation import ISOLATION, KEY
from portable.tooling.target import Problem

TOLD = 3
"""Permissions that a message names."""


def gained_permissions(subject: Subject) -> Iterator[Problem]:
    """Yield a note for each function that gains a permission. `--strict` fails on it."""
    if subject.plan is None:
        return
    held = identities(deployed(subject.plan))
    gaining = [(one, function) for one in held for function in one.functions if one.gained(function)]
    if not gaining:
        return
    places, bound = {function.name: function.where for function in subject.app.functions}, _bound(subject)
    for identity, function in gaining:
        way = _instead(subject, function, places[function] in bound)
        yield Problem(_message(identity, function), places[function], error=False, rule=GAIN, instead=way, note=True)


def _message(identity: Identity, function: str) -> str:
    count = identity.gained(function)
    first = [f"{gain.permission}, for {gain.asked_by[0]}" for gain in islice(identity.gains(function), TOLD)]
    more = f"; and {count - TOLD} more" if count > TOLD else ""
    many = f"{count} permission{'s' if count > 1 else ''}"
    return f"{function} gains {many} that it did not ask for, by the identity {identity.name}: {'; '.join(first)}{more}"


def _bound(subject: Subject) -> frozenset[str]:
    """Return the places of the functions that `isolate` cannot part from the others, as the target itself says."""
    if KEY not in subject.target.keys:
        return frozenset(function.where for function in subject.app.functions)
    apart = replace(subject.options, table={**subject.options.table, KEY: "all"})
    told = subject.target.check(subject.app, apart)
    return frozenset(problem.where for problem in told if problem.rule == ISOLATION and problem.where is not None)


def _instead(subject: Subject, function: str, bound: bool) -> str:
    if bound:
        return f"make it an app of its own, with what only it uses: {subject.target.title} cannot give it an identity in this one"
    key = f"[tool.portable.{subject.target.name}] {KEY}"
    return f'{key} = ["{function}"] gives it an identity of its own; else make it an app of its own, with what only it uses'
