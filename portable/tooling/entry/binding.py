"""`Binding`: the lines in the body of a generated call that read its parameters and ask its providers, each once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from portable.tooling.app.model import Code, Parameter, Provider
from portable.tooling.app.request_faults import can_fail
from portable.tooling.app.unique import unique
from portable.tooling.entry.arguments import Arguments, is_left_out, is_read

_OPENED = "portable.compute.opened"


class Binding:
    """Writes a body. `lines` are what is written so far, and `depth` how deep the next line stands.

    `awaits` says that the body is that of an `async def`. A value that has a name in the body keeps it to the end: what is
    provided once is not provided again.
    """

    def __init__(self, arguments: Arguments, awaits: bool) -> None:
        self.lines: list[str] = []
        self.depth = 1
        self.awaits = awaits
        self._arguments = arguments
        self._provided: dict[Code, str] = {}
        self._read: dict[Parameter, str] = {}
        self._locals: set[str] = set()

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append(f"{'    ' * self.depth}{text}")

    def local(self, wanted: str) -> str:
        """Return a name for a value in the body: the wanted one, or with a number when it is taken."""
        name = unique(wanted, self._locals)
        self._locals.add(name)
        return name

    def given(
        self, parameters: tuple[Parameter, ...], owner: str = "", known: Mapping[str, str] = MappingProxyType({})
    ) -> list[str]:
        """Write what must be read and asked first; return the arguments of a call with these parameters.

        The whole event is read before the first provider is asked: none is asked for a request that is refused.
        `known` are the expressions of what is not read from the event, by source, such as the error that is answered.
        """
        missing = self._missing(parameters)
        for provider in missing:
            self._provided[provider.call] = self.local(f"_p_{short_name(provider)}")
        groups = [(provider.parameters, short_name(provider)) for provider in missing]
        faults = self._faults([*groups, (parameters, owner)])
        several = len(faults) > 1
        if several:
            self.line("try:")
            self.depth += 1
        asked = [
            (provider, self._reading(read, True, name, {}))
            for provider, (read, name) in zip(missing, groups, strict=True)
        ]
        own = self._reading(parameters, bool(missing) or several, owner, known)
        if several:
            self.depth -= 1
            self._collect(faults)
        for provider, arguments in asked:
            self._ask(provider, arguments)
        return own

    def call(self, provider: Provider, arguments: list[str]) -> str:
        """Return the call of a provider, awaited where it is `async def`."""
        awaited = "await " if provider.form == "await" else ""
        return awaited + self.called(self._arguments.names.code(provider.call), arguments)

    def called(self, function: str, arguments: list[str]) -> str:
        """Return a call, on one line while it is short."""
        line = f"{function}({', '.join(arguments)})"
        if len(line) <= 90:
            return line
        indent = "    " * self.depth
        return "\n".join([f"{function}(", *(f"{indent}    {argument}," for argument in arguments), f"{indent})"])

    def _faults(self, groups: list[tuple[tuple[Parameter, ...], str]]) -> list[str]:
        """Return the expressions that read what a request may have wrong, each once. The groups have their owners."""
        found: dict[Parameter, str] = {}
        for parameters, owner in groups:
            for parameter in parameters:
                same = _same(parameter)
                if can_fail(parameter) and same not in self._read and same not in found:
                    value = self._arguments.sent if is_left_out(parameter) else self._arguments.value
                    sent = (
                        f" if {self._arguments.is_sent(parameter, owner)} else None" if is_left_out(parameter) else ""
                    )
                    found[same] = f"{value(parameter, owner)}{sent}"
        return [*found.values()]

    def _collect(self, faults: list[str]) -> None:
        """Write what tells all faults of a request. It runs only after the first one."""
        indent = "    " * self.depth
        self.line("except Exception as _error:")
        self.line("    from portable.eventing.faults import collected as _collected")
        self.lines.append("")
        parts = "".join(f"{indent}        lambda request: {each},\n" for each in faults)
        self.line(f"    raise _collected(_error, request, (\n{parts}{indent}    )) from None")

    def _missing(self, parameters: tuple[Parameter, ...]) -> list[Provider]:
        """Return the providers that nobody asked yet, those that others depend on first."""
        found: dict[Code, Provider] = {}

        def visit(asked: tuple[Parameter, ...]) -> None:
            for parameter in asked:
                provider = parameter.provider
                if provider is not None and provider.call not in self._provided and provider.call not in found:
                    visit(provider.parameters)
                    found[provider.call] = provider

        visit(parameters)
        return [*found.values()]

    def _reading(
        self, parameters: tuple[Parameter, ...], kept: bool, owner: str, known: Mapping[str, str]
    ) -> list[str]:
        """Write what reads parameters, with a name for each value where it is `kept`; return the arguments."""
        found: list[str] = []
        optional = ""
        for parameter in parameters:
            if is_left_out(parameter):
                if not optional:
                    optional = self.local("_given")
                    self.line(f"{optional} = {{}}")
                self.line(f"if {self._arguments.is_sent(parameter, owner)}:")
                self.line(f'    {optional}["{parameter.name}"] = {self._arguments.sent(parameter, owner)}')
                continue
            keyword = "" if parameter.positional else f"{parameter.name}="
            value = known.get(parameter.source) or self._value(parameter, kept, owner)
            found.append(f"{keyword}{value}")
        return [*found, f"**{optional}"] if optional else found

    def _value(self, parameter: Parameter, kept: bool, owner: str) -> str:
        if parameter.provider is not None:
            return self._provided[parameter.provider.call]
        same = _same(parameter)
        found = self._read.get(same)
        if found is not None:
            return found
        expression = self._arguments.value(parameter, owner)
        if not kept or not is_read(parameter):
            return expression
        name = self._read[same] = self.local(f"_v_{parameter.name}")
        self.line(f"{name} = {expression}")
        return name

    def _ask(self, provider: Provider, arguments: list[str]) -> None:
        """Write what gives a provider's value its name. What is written after a generator stands inside its `with`."""
        name, call = self._provided[provider.call], self.call(provider, arguments)
        if provider.form in ("call", "await"):
            self.line(f"{name} = {call}")
            return
        kind, opening = ("AsyncOpened", "async with") if provider.form == "async generator" else ("Opened", "with")
        opened = self._arguments.names.imported(_OPENED, kind)
        self.line(f"{opening} {opened}({call}) as {name}:")
        self.depth += 1


def _same(parameter: Parameter) -> Parameter:
    """Return what is equal for all parameters that read the same value."""
    return replace(parameter, name="", positional=False, longest=None)


def short_name(provider: Provider) -> str:
    """Return the name of a provider as part of other names."""
    home = provider.call.home
    return "_".join([home[1] if home else "", *provider.call.expression.split(".")[1:]])
