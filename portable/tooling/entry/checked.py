"""Takes a function with `auth=` and the name of its call; returns the lines that check who calls before anything else runs.

They stand around all the rest: no stored reply, no wrapper and no provider is for somebody who is not let in.
"""

from __future__ import annotations

from portable.tooling.app.model import AuthModel, FunctionModel, Provider
from portable.tooling.entry.arguments import Arguments
from portable.tooling.entry.binding import Binding, short_name
from portable.tooling.entry.names import Names

_CHECKS = {
    "jwt": ("auth_jwt", "JwtVerifier"),
    "api-key": ("auth_keys", "KeyVerifier"),
    "basic": ("auth_keys", "BasicVerifier"),
    "signature": ("auth_signature", "SignatureVerifier"),
    "signed-in": ("auth_signed_in", "SignedInVerifier"),
}
"""The module of `portable.eventing` and the class that checks each kind of `auth=`."""


def checked(
    function: FunctionModel, auth: AuthModel, name: str, known: str, arguments: Arguments, awaited: bool
) -> list[str]:
    """Return the lines that define `name`: a call that is checked, and then goes on with `known`."""
    names, awaits = arguments.names, awaited and function.asynchronous
    lines: list[str] = []
    if auth.check is not None:
        check = names.own(f"_check_{function.identifier}")
        lines += _own_check(function, auth.check, check, arguments, awaits)
        made = f"{check}, {names.drivers()}"
    else:
        made = f"{names.code(auth.value)}, {names.drivers()}{_key_sets(names, arguments) if auth.kind == 'jwt' else ''}"
    module, verifier = _CHECKS[auth.kind]
    own = names.own(f"_auth_{function.identifier}")
    lines.append(f"{own} = {names.imported(f'portable.eventing.{module}', verifier)}({made})")
    waits = awaits and (auth.kind == "jwt" or (auth.check is not None and auth.check.form == "await"))
    call = f"await {own}.awaited(request, context)" if waits else f"{own}(request, context)"
    return [
        *lines,
        "",
        "",
        f"{'async ' if waits else ''}def {name}(request, context):",
        f"    request.principal = {call}",
        f"    return {'await ' if waits else ''}{known}(request, context)",
    ]


def _own_check(function: FunctionModel, check: Provider, name: str, arguments: Arguments, awaits: bool) -> list[str]:
    """Return the lines that define a call of the app's own function; a coroutine is run by `_run(...)`, or awaited by the host."""
    binding = Binding(arguments, check.form == "await")
    given = binding.given(check.parameters, f"check_{short_name(check)}")
    binding.line(f"return {binding.call(check, given)}")
    signature = f"({arguments.event}, context)"
    if check.form != "await":
        return ["", "", f"def {name}{signature}:", *binding.lines, "", ""]
    if awaits:
        return ["", "", f"async def {name}{signature}:", *binding.lines, "", ""]
    inner = arguments.names.own(f"_await{name}")
    run = f"    return {arguments.names.run()}({inner}{signature})"
    return ["", "", f"async def {inner}{signature}:", *binding.lines, "", "", f"def {name}{signature}:", run, "", ""]


def _key_sets(names: Names, arguments: Arguments) -> str:
    """Return the argument for the key sets, which all functions of a module share."""
    kind = names.imported("portable.eventing.auth_key_sets", "KeySets")
    found, is_new = names.shared("_key_sets")
    if is_new:
        arguments.setup.append(f"{found} = {kind}({names.drivers()})")
    return f", {found}"
