"""What a target cannot do for an app: what follows from the target's declaration, for every target; then its own words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from portable.tooling.app.kinds.registry import dead_letters, title
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.driven import has_driver
from portable.tooling.elsewhere import elsewhere_problems
from portable.tooling.isolation import isolation_problems
from portable.tooling.rules.environment import environment_problems
from portable.tooling.rules.lengths import length_problems
from portable.tooling.rules.limits import limit_problems
from portable.tooling.rules.names import name_problems
from portable.tooling.rules.sites import site_problems
from portable.tooling.rules.variables import variable_problems
from portable.tooling.target import Options, Problem, Target


def problems(app: AppModel, target: Target, options: Options) -> list[Problem]:
    """Return the errors and gaps of an app on a target, each with its place.

    `Target.check` is asked about the functions that the target has an entry for; of the others it is said that it has
    none.
    """
    able = tuple(function for function in app.functions if function.trigger["kind"] in target.triggers)
    unable = [function for function in app.functions if function.trigger["kind"] not in target.triggers]
    here = tuple(resource for resource in app.resources if resource.kind not in options.elsewhere)
    served, facts = replace(app, functions=able, resources=here), target.facts
    return [
        *isolation_problems(app, target.name, options.table),
        *(
            Problem(
                f"{f.name}: {target.title} does not support the trigger: {title(f.trigger)}",
                f.where,
                rule="trigger",
                instead=f"leave its module out of [tool.portable.{target.name}] modules, or use another target for it",
            )
            for f in unable
        ),
        *undriven(able, target, options.elsewhere),
        *elsewhere_problems(app, target, options.elsewhere),
        *abroad(app, able, options),
        *variable_problems(app),
        *limit_problems(served, facts),
        *length_problems(served),
        *site_problems(served, target),
        *gathered(able, target),
        *undomained(served, target),
        *name_problems(served, facts),
        *environment_problems(served, facts),
        *target.check(served, options),
    ]


def abroad(app: AppModel, functions: tuple[FunctionModel, ...], options: Options) -> Iterator[Problem]:
    """Yield what another target says of the resources that it holds: its rules of their names, its numbers, and what it cannot do.

    Its words on functions do not count: they run here.
    """
    for kind, other in options.elsewhere.items():
        held = tuple(resource for resource in app.resources if resource.kind == kind)
        theirs, facts = replace(app, functions=(), resources=held), other.facts
        named = tuple(rule for rule in facts.names if rule.what == kind)
        found = [
            *name_problems(theirs, replace(facts, names=named)),
            *other.check(theirs, replace(options, table={}, elsewhere={})),
        ]
        for problem in found:
            place = next(
                (app.place(kind, resource.name) for resource in held if f'"{resource.name}"' in problem.message), None
            )
            yield replace(problem, where=problem.where or place, message=f"{other.title}: {problem.message}")
        if kind == "table":
            rows = {name: limit for name, limit in facts.limits.items() if name.startswith("table.")}
            yield from limit_problems(replace(app, functions=functions, resources=held), replace(facts, limits=rows))


def gathered(functions: tuple[FunctionModel, ...], target: Target) -> Iterator[Problem]:
    """Yield a note for each function whose stream a target sends as a whole."""
    for function in functions:
        if function.streams and not target.streams:
            is_one = "its reply is" if function.mount is None else "a reply of its app may be"
            yield Problem(
                f"{function.name}: {is_one} a stream, which {target.title} sends as a whole, after its last piece",
                function.where,
                error=False,
                rule="gathered",
                instead="keep it short and below the limit of a reply, or write it to a bucket and send a signed URL",
                note=True,
            )


def undomained(app: AppModel, target: Target) -> Iterator[Problem]:
    """Yield a gap for a domain that a target does not give."""
    if app.domain and app.http() and not target.domains:
        text = f"domain = {app.domain!r} is not kept: what portable makes for {target.title} has no domain of its own"
        way = "let what stands before the app answer for the domain, such as an ingress"
        yield Problem(text, error=False, key="domain", rule="domain", instead=way)


class Said(Struct, frozen=True):
    """What an adapter says of one function: the fields of a `Problem`, without its place."""

    text: str
    instead: str = ""
    rule: str = "gap"
    note: bool = False


def of_functions(
    functions: Iterable[FunctionModel],
    errors: Callable[[FunctionModel], Iterable[Said | str]],
    gaps: Callable[[FunctionModel], Iterable[Said | str]],
) -> list[Problem]:
    """Return the problems of each function at its place: what `errors` says of it, then what `gaps` says."""
    return [
        problem
        for function in functions
        for told, error in ((errors, True), (gaps, False))
        for problem in (_problem(function, said, error) for said in told(function))
    ]


def _problem(function: FunctionModel, said: Said | str, error: bool) -> Problem:
    told = Said(said) if isinstance(said, str) else said
    text = f"{function.name}: {told.text}"
    return Problem(text, function.where, error, rule=told.rule, instead=told.instead, note=told.note)


def of_queues(app: AppModel, lacking: Mapping[str, str]) -> list[Problem]:
    """Return an error for each queue with an ability that a target lacks. `lacking` says why, by the ability's option."""
    places = app.places()
    return [
        Problem(
            f'Queue("{resource.name}", {option}=True): {why}',
            places.get(("queue", resource.name)),
            rule="ability",
            instead=f"leave {option}=True out, or use another target for the functions of this queue",
        )
        for resource in app.resources
        if resource.kind == "queue"
        for option, why in lacking.items()
        if resource.options.get(option)
    ]


def undriven(
    functions: tuple[FunctionModel, ...], target: Target, others: Mapping[str, Target] = MappingProxyType({})
) -> Iterator[Problem]:
    """Yield a problem for each resource that a function uses and the target has no driver of.

    `others` are the targets whose drivers reach a kind of resource.
    """
    kinds = {grant.kind for function in functions for grant in function.grants} | {"queue"}
    lacking = {kind for kind in kinds if not has_driver(others.get(kind, target).package, kind)}
    for function in functions:
        buried = function.dead_letter and "queue" in lacking
        if buried:
            text = f"dead_letter=True is not supported: portable has no queue driver for {target.title}"
            yield Problem(f"{function.name}: {text}", function.where, rule="driver", instead=_WITHOUT_DRIVER)
        for grant in function.grants:
            if grant.kind in lacking and not (buried and grant.resource == dead_letters(function)):
                text = f"cannot be used: portable has no {grant.kind} driver for {target.title}"
                what = f'{function.name}: the {grant.kind} "{grant.resource}" {text}'
                yield Problem(what, function.where, rule="driver", instead=_WITHOUT_DRIVER)


_WITHOUT_DRIVER = "use another target for this function, or do without the resource in it"


def unlimited(app: AppModel, title: str) -> list[Problem]:
    """Return a note for each function whose `concurrency=` a target does not keep. `title` is the target's."""
    text = "concurrency={} is not kept: nothing that portable makes for {} limits calls of one function"
    return [
        Problem(
            f"{function.name}: {text.format(function.concurrency, title)}",
            function.where,
            error=False,
            rule="concurrency",
            instead="let the handler bear any number of calls at once, or keep count in a table",
        )
        for function in app.functions
        if function.concurrency is not None
    ]
