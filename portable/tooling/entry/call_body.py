"""Takes a function; returns the lines of its call: its wrappers, what is asked before, its parameters, and its handler."""

from __future__ import annotations

from msgspec.structs import replace

from portable.tooling.app.model import FunctionModel, providers_of
from portable.tooling.entry.arguments import Arguments
from portable.tooling.entry.binding import Binding, short_name

CHECKED = ("portable.compute.before", "reply", "_checked_reply")
"""What a reply that stands for the handler's goes through: module, name, and alias in the generated module."""


class CallBody:
    """Writes the definition of one call, called `name`. `handler` is the name of its handler in the module."""

    def __init__(self, function: FunctionModel, arguments: Arguments, name: str, handler: str, awaited: bool) -> None:
        self._function = function
        self._arguments = arguments
        self._names = arguments.names
        self._name = name
        self._handler = handler
        self._awaited = awaited
        self._awaits = function.asynchronous and _awaits_inside(function)
        self._binding = Binding(arguments, self._awaits)

    def lines(self) -> list[str]:
        """Return the definition. A coroutine is run by `_run(...)`, or returned when the host awaits."""
        self._wrapped(0)
        signature, lines = f"({self._arguments.event}, context)", self._binding.lines
        if not self._awaits:
            return [f"def {self._name}{signature}:", *lines]
        if self._awaited:
            return [f"async def {self._name}{signature}:", *lines]
        inner = self._names.own(f"_await_{self._function.identifier}")
        outer = [f"def {self._name}{signature}:", f"    return {self._names.run()}({inner}{signature})"]
        return [f"async def {inner}{signature}:", *lines, "", "", *outer]

    def _wrapped(self, index: int) -> None:
        """Write the wrappers from one on, each around a function that does the rest."""
        binding = self._binding
        if index == len(self._function.around):
            self._guarded()
            self._handled()
            return
        wrapper = self._function.around[index]
        rest = binding.local("_rest")
        kind = "AsyncCall" if self._awaits else "Call"
        call = self._names.imported("portable.compute.around", kind)
        made = f"{call}({self._function.name!r}, {self._arguments.event}, context, {rest})"
        arguments = binding.given(wrapper.parameters, short_name(wrapper), {"call": made})
        depth = binding.depth
        binding.line(f"{'async ' if self._awaits else ''}def {rest}():")
        binding.depth += 1
        self._wrapped(index + 1)
        binding.depth = depth
        binding.line(f"return {binding.call(wrapper, arguments)}")

    def _guarded(self) -> None:
        """Write what is asked before the parameters are read, each of which may reply instead of the handler."""
        binding = self._binding
        for guard in self._function.before:
            arguments = binding.given(guard.parameters, short_name(guard))
            reply = binding.local("_reply")
            binding.line(f"{reply} = {binding.call(guard, arguments)}")
            binding.line(f"if {reply} is not None:")
            sent = f"{self._names.imported(*CHECKED)}({reply}, {short_name(guard)!r})"
            if self._function.idempotent is not None:  # a refusal is not the result that a key keeps
                sent = f"{self._names.imported('portable.persistence.idempotency_calls', 'Unkept')}({sent})"
            binding.line(f"    return {sent}")

    def _handled(self) -> None:
        binding = self._binding
        value = binding.called(self._handler, binding.given(self._function.parameters))
        if self._awaits:
            value = f"await {value}"
        elif self._function.asynchronous and not self._awaited:
            value = f"{self._names.run()}({value})"
        binding.line(f"return {value}")


def _awaits_inside(function: FunctionModel) -> bool:
    """Say whether more than the handler is awaited, or a generator must stay open while it is."""
    inside = replace(function, errors=(), auth=None)
    return bool(function.around) or any(provider.form != "call" for provider in providers_of(inside))
