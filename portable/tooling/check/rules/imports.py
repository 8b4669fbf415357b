"""A subject -> imports that no declared dependency provides. Nothing is resolved: no network is needed.

Where an earlier packaging has resolved the same requirements, its answer is used. Else it is what the declared
distributions ask for, as far as they are installed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires

from portable.errors import PortableError
from portable.tooling.app.needs import needs
from portable.tooling.app.places import place_and_text
from portable.tooling.cached_dependencies import Resolving, resolved
from portable.tooling.check.subject import Subject
from portable.tooling.depend.lock import Wanted
from portable.tooling.depend.requirement_files import distribution, normalised
from portable.tooling.depend.undeclared import WAY, undeclared
from portable.tooling.pipeline import wanted_of
from portable.tooling.target import Problem

RULE = "undeclared-import"
_EDITABLE = ("-e", "--editable")


def undeclared_imports(subject: Subject) -> Iterator[Problem]:
    """Yield the imports that fail where the app runs. It is a warning where a distribution is not known here."""
    if subject.plan is None or not subject.app.imports:
        return
    try:
        wanted = wanted_of(subject.settings, subject.target, subject.options, subject.plan, needs(subject.app))
        lock = resolved(Resolving(wanted, subject.settings.project, lambda _text: None), subject.cache)
    except PortableError as error:
        where, text = place_and_text(str(error))
        yield Problem(text, where, rule="dependencies", instead="correct the line")
        return
    host = subject.plan.provided_here()
    if lock is not None:
        there: set[str] = {*(entry.name for entry in lock.entries), *lock.provided, *host}
        sure = True
    else:
        asked = _asked(wanted)
        if asked is None:
            return  # a path, a URL or a build backend tells what is needed
        there, sure = _closure(asked)
        there |= {name for text in wanted.added if (name := distribution(text)) is not None}
        there |= {normalised(name) for name in host}
    for needed, what in undeclared(subject.app, there):
        yield Problem(what, needed.where, error=sure, rule=RULE, instead=WAY)


def _asked(wanted: Wanted) -> list[str] | None:
    """Return the requirements that ask for a distribution by name; None when some ask for one in another way."""
    if wanted.declared.built:
        return None
    lines = (line.text for line in wanted.declared.lines if not line.limits)
    asked = [text for text in lines if not text.startswith("-") or text.startswith(_EDITABLE)]
    return None if any(distribution(text) is None for text in asked) else asked


def _closure(requirements: Iterable[str]) -> tuple[set[str], bool]:
    """Return the distributions of requirements with all that those ask for, and whether every one is known here.

    What only an extra asks for counts where some extra was asked for.
    """
    found: dict[str, bool] = {}
    sure = True
    waiting = list(requirements)
    while waiting:
        text = waiting.pop()
        name, extras = distribution(text), "[" in text.partition(";")[0]
        if name is None or found.get(name, False) or (name in found and not extras):
            continue
        found[name] = extras
        try:
            needed = requires(name) or ()
        except PackageNotFoundError:
            sure = False
            continue
        waiting += [one for one in needed if extras or "extra" not in one.partition(";")[2]]
    return set(found), sure
