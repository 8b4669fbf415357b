"""Subjects of one app on several targets -> what means something else from target to target.

What a provider does in its own way is data of its target (`meaning.toml`): a sentence for each kind and aspect, such as
the order of a queue. Only the kinds that the app uses are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portable.tooling.app.model import AppModel
from portable.tooling.app.places import split_place
from portable.tooling.check.finding import Finding
from portable.tooling.check.subject import Subject
from portable.tooling.grouping import grouped

RULE = "meaning"


@dataclass(frozen=True, slots=True)
class Difference:
    """One aspect of what an app uses, such as the order of a queue, and what each target says of it.

    `first` is one of the `count` functions or resources that it is about, `place` where that one stands.
    """

    kind: str
    aspect: str
    first: str
    count: int
    place: str | None
    told: tuple[tuple[str, str], ...]

    def finding(self) -> Finding:
        """Return the difference as a finding that says all of it in one sentence."""
        file, line = split_place(self.place) if self.place is not None else (None, None)
        many = f"{self.count} in this app, such as {self.first}"
        title = f"{self.kind.partition('.')[0]}, {self.aspect}"
        message = f"{title}: differs between the targets ({many}): {'; '.join(self.texts())}"
        targets = tuple(name for name, _ in self.told)
        return Finding(RULE, "note", message, file, line, targets, "rely on what the targets have in common")

    def texts(self) -> tuple[str, ...]:
        """Return what the targets say; those that say the same are named together."""
        alike = grouped((text, name) for name, text in self.told)
        return tuple(f"{', '.join(names)}: {text}" for text, names in alike.items())


def used(app: AppModel) -> dict[str, list[tuple[str, str | None]]]:
    """Return what an app uses, such as "queue" and "queue.ordered": for each the names, with their places.

    Of a kind that is a trigger and a resource, such as a queue, functions are named before resources.
    """
    found: dict[str, list[tuple[str, str | None]]] = {}
    fired: set[str] = set()
    for function in app.functions:
        kind = function.trigger["kind"]
        fired.add(kind)
        for what in _with_options(kind, function.trigger):
            found.setdefault(what, []).append((function.name, function.where))
    places = app.places()
    for resource in app.resources:
        place = places.get((resource.kind, resource.name))
        for what in _with_options(resource.kind, resource.options):
            if resource.kind not in fired or what != resource.kind:
                found.setdefault(what, []).append((resource.name, place))
    return found


def _with_options(kind: str, options: Mapping[str, Any]) -> list[str]:
    return [kind, *(f"{kind}.{name}" for name, value in options.items() if value)]


def differences(subjects: Sequence[Subject]) -> Iterator[Difference]:
    """Yield each aspect of a kind that the app uses and that the targets do not have in common."""
    if len(subjects) < 2:
        return
    known = {subject.target.name: subject.target.facts.meaning for subject in subjects}
    for kind, names in used(subjects[0].app).items():
        aspects = dict.fromkeys(aspect for meaning in known.values() for aspect in meaning.get(kind, {}))
        for aspect in aspects:
            said = {name: meaning.get(kind, {}).get(aspect) for name, meaning in known.items()}
            told = tuple((name, text) for name, text in said.items() if text is not None)
            if len({text for _, text in told}) > 1:
                yield Difference(kind, aspect, names[0][0], len(names), names[0][1], told)
