"""What goes around a call when it is defined: takes a function and the name of its call; returns the lines that follow it."""

from __future__ import annotations

from portable.tooling.app.model import AuthModel, Code, FunctionModel, Provider, parameters_of, with_providers
from portable.tooling.entry.arguments import Arguments
from portable.tooling.entry.binding import Binding, short_name
from portable.tooling.entry.call_body import CHECKED


def idempotent(function: FunctionModel, declared: Code, name: str, arguments: Arguments, awaited: bool) -> str:
    """Return the line that wraps the call: once for each key. The key of a message sees its decoded payload."""
    names = arguments.names
    twin = "Async" if awaited and function.asynchronous else ""
    kind = "RequestCall" if function.trigger["kind"] == "http" else "MessageCall"
    wrapper = names.imported("portable.persistence.idempotency_calls", f"{twin}{kind}")
    given = [name, names.code(declared), repr(function.name), names.drivers()]
    decoded = [p for p in parameters_of(function) if p.source == "event" and p.decode is not None]
    given += [arguments.made(parameter) for parameter in decoded[:1]]
    return f"{name} = {wrapper}({', '.join(given)})"


def unrepeated(function: FunctionModel, auth: AuthModel, name: str, arguments: Arguments, awaited: bool) -> str:
    """Return the line that wraps the call: exact copies of a signed request are refused."""
    return _wrapped("portable.persistence.replays", "UnrepeatedCall", auth.value, function, name, arguments, awaited)


def limited(function: FunctionModel, declared: Code, name: str, arguments: Arguments, awaited: bool) -> str:
    """Return the line that wraps the call: as many calls as its limits let in."""
    return _wrapped("portable.compute.limited", "LimitedCall", declared, function, name, arguments, awaited)


def _wrapped(
    module: str, kind: str, declared: Code, function: FunctionModel, name: str, arguments: Arguments, awaited: bool
) -> str:
    names = arguments.names
    wrapper = names.imported(module, f"{'Async' if awaited and function.asynchronous else ''}{kind}")
    return f"{name} = {wrapper}({name}, {names.code(declared)}, {function.name!r}, {names.drivers()})"


def answering(function: FunctionModel, name: str, inner: str, arguments: Arguments, awaited: bool) -> list[str]:
    """Return the definition of a call that answers the errors of the `inner` one: `except` costs nothing until there is one."""
    awaits = awaited and function.asynchronous
    before: list[str] = []
    clauses: list[str] = []
    for reply in function.errors:
        clauses.append(f"    except {arguments.names.code(reply.error)} as _error:")
        if awaits or not _awaits(reply.provider):
            clauses += _answer(reply.provider, arguments, awaits, 2)
        else:
            own = arguments.names.own(f"_answer_{function.identifier}")
            before += [
                "",
                "",
                f"async def {own}(_error, request, context):",
                *_answer(reply.provider, arguments, True, 1),
            ]
            clauses.append(f"        return {arguments.names.run()}({own}(_error, request, context))")
    kind, value = ("async def", "await ") if awaits else ("def", "")
    opening = [f"{kind} {name}(request, context):", "    try:", f"        return {value}{inner}(request, context)"]
    return [*before, "", "", *opening, *clauses]


def _answer(provider: Provider, arguments: Arguments, awaits: bool, depth: int) -> list[str]:
    binding = Binding(arguments, awaits)
    binding.depth = depth
    given = binding.given(provider.parameters, short_name(provider), {"error": "_error"})
    sent = f"{arguments.names.imported(*CHECKED)}({binding.call(provider, given)}, {short_name(provider)!r})"
    binding.line(f"return {sent}")
    return binding.lines


def _awaits(provider: Provider) -> bool:
    """Say whether an answer, or a provider that it depends on, is awaited."""
    nested = (each.provider for each in with_providers(provider.parameters) if each.provider is not None)
    return any(each.form in ("await", "async generator") for each in (provider, *nested))
