"""A handler -> what is called around it: its guards (`before=`), its wrappers (`around=`) and the answers to its errors."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Sequence
from typing import Any

from portable.errors import DeclarationError
from portable.eventing.response import Response
from portable.tooling.app.annotations import parameter_types, place_of, return_type
from portable.tooling.app.binder import Scope, bind_provider, is_error
from portable.tooling.app.expressions import NoExpression
from portable.tooling.app.marked import Marked, Subject, guards, is_async, wrappers
from portable.tooling.app.model import ErrorReply, FunctionModel, Provider
from portable.tooling.app.provided import called, named


def bind_before(handler: Subject, scope: Scope, place: str | None) -> tuple[Provider, ...]:
    """Return the guards of a handler. Raises DeclarationError."""
    found = guards(handler)
    if found and scope.kind.name != "http":
        raise DeclarationError(f"{scope.handler}: before= is for HTTP functions: use around=", place)
    return tuple(_guard(guard, scope, place) for guard in found)


def _guard(guard: Subject, scope: Scope, place: str | None) -> Provider:
    provider = bind_provider(guard, scope, place)
    _refuse_generator(provider, guard, "in before=", place)
    _check_reply(guard, "in before= must return None to go on, or a Response", (Response, type(None), None))
    return provider


def bind_around(handler: Subject, marked: Marked, scope: Scope, place: str | None) -> tuple[Provider, ...]:
    """Return the wrappers of a handler, the outermost first. Raises DeclarationError."""
    return tuple(_wrapper(wrapper, scope, place) for wrapper in wrappers(handler, marked))


def _wrapper(wrapper: Subject, scope: Scope, place: str | None) -> Provider:
    if scope.awaits and not is_async(wrapper):
        what = f"wraps {scope.handler}, which is async def: make {called(wrapper)} async def, with an AsyncCall"
        raise DeclarationError(f"{called(wrapper)} {what}", place_of(wrapper) or place)
    provider = bind_provider(wrapper, scope, place, "call")
    _refuse_generator(provider, wrapper, "as a wrapper", place)
    if [parameter.source for parameter in provider.parameters].count("call") != 1:
        kind = "AsyncCall" if scope.awaits else "Call"
        raise DeclarationError(
            f"{called(wrapper)} wraps {scope.handler}, so it needs one parameter for what is inside, such as call: {kind}",
            provider.where or place,
        )
    return provider


def check_around(marked: Marked, functions: Sequence[FunctionModel]) -> None:
    """Refuse wrappers of the app that leave out the functions of one kind without a word."""
    for kind, awaits in (("def", False), ("async def", True)):
        own = [wrapper for wrapper in marked.around if is_async(wrapper) == awaits]
        left = next((function for function in functions if function.asynchronous == awaits), None)
        if marked.around and not own and left is not None:
            other = marked.around[0]
            raise DeclarationError(
                f"@around {called(other)} does not wrap {left.name}, which is {kind}: write a wrapper for it as well, "
                f"{kind} with {'an AsyncCall' if awaits else 'a Call'}, or name the wrapper in around= where it is wanted",
                place_of(other),
            )


def bind_errors(marked: Marked, scope: Scope, place: str | None) -> tuple[ErrorReply, ...]:
    """Return the answers to errors of an HTTP handler, a class before those that it is derived from. Raises DeclarationError."""
    if scope.kind.name != "http":
        return ()
    answered: dict[type, tuple[Subject, ErrorReply]] = {}
    for answer in marked.errors:
        provider = bind_provider(answer, scope, place, "error")
        _refuse_generator(provider, answer, "as an answer to errors", place)
        _check_reply(answer, "answers errors, so it must return a Response", (Response,))
        classes: tuple[type, ...] = answer.__portable_errors__  # type: ignore[attr-defined]
        _check_errors(answer, classes)
        for each in classes:
            if each in answered and answered[each][0] is not answer:
                other = answered[each][0]
                raise DeclarationError(
                    f"{called(answer)} answers {each.__name__}, but {called(other)} at {place_of(other)} does, too: "
                    "leave one of them out",
                    place_of(answer),
                )
            try:
                answered[each] = answer, ErrorReply(named(each, scope.modules), provider)
            except NoExpression as error:
                raise DeclarationError(
                    f"{called(answer)} answers {each.__name__}, which {error}".replace("a def", "the class"),
                    place_of(answer),
                ) from None
    return tuple(answered[each][1] for each in sorted(answered, key=lambda each: -len(each.__mro__)))


def _check_errors(answer: Subject, classes: Iterable[type]) -> None:
    """Refuse an answer that may get an error of another class than its parameter says, and one with two such parameters."""
    taken = [(parameter.name, kind) for parameter, kind in parameter_types(answer) if is_error(kind)]
    if len(taken) > 1:
        names = " and ".join(name for name, _ in taken)
        raise DeclarationError(f"{called(answer)} takes the error as {names}: take it once", place_of(answer))
    for name, kind in taken:
        for each in classes:
            if not issubclass(each, typing.get_args(kind) or kind):
                raise DeclarationError(
                    f'parameter "{name}" of {called(answer)} does not take {each.__name__}, which it answers: add it to the type',
                    place_of(answer),
                )


def _refuse_generator(provider: Provider, subject: Subject, where: str, place: str | None) -> None:
    if "generator" in provider.form:
        raise DeclarationError(
            f"{called(subject)} {where} is a generator: return instead of yield", provider.where or place
        )


def _check_reply(subject: Subject, problem: str, fitting: tuple[Any, ...]) -> None:
    """Refuse a function that says that it returns something which is no reply. One that says nothing is asked at the call."""
    kind = return_type(subject, Response)
    parts = typing.get_args(kind) or (kind,)
    if not all(part in fitting or (isinstance(part, type) and issubclass(part, Response)) for part in parts):
        raise DeclarationError(f"{called(subject)} {problem}", place_of(subject))
