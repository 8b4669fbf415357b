"""Takes [tool.portable.http] of a pyproject.toml; returns `HttpSettings`: what holds for all routes of an app."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from msgspec import Struct, structs

from portable.errors import PortableError

TABLE = "http"
_NAMED = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_DOMAIN = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
"""A domain in lower case, with two labels or more (RFC 1035, section 2.3.1; a name of other letters is written as xn--…)."""


class HttpSettingsError(PortableError):
    """[tool.portable.http] is wrong. The message names the file and line, and what would be right."""


class HttpSettings(Struct, frozen=True):
    """What holds for all routes of an app. The type of a default is the type of the key.

    `auth` is "module:name" of what `auth=` takes, for every route that does not say who may call it; "" is nobody's word.
    `limit` is the same of what `limit=` takes.
    `invalid_status` is the status of a reply to a request that cannot be read as declared: 400 or 422. `compress` sends
    gzip where the client takes it and it pays, `msgpack` takes and sends MessagePack beside JSON, and `problems` sends
    every error as application/problem+json. `domain` is the app's own, such as "api.example.com", in every stage but dev.
    """

    auth: str = ""
    limit: str = ""
    invalid_status: int = 400
    compress: bool = False
    msgpack: bool = False
    problems: bool = False
    domain: str = ""

    def replies(self) -> tuple[str, ...]:
        """Return what is done with every reply, in this order."""
        return tuple(name for name in ("msgpack", "compress", "problems") if getattr(self, name))


PLAIN = HttpSettings()
"""Those of an app that sets none."""


def http_settings(table: Mapping[str, Any], place: Callable[[str], str]) -> HttpSettings:
    """Return the settings in a table; `place` returns "file:line" of a key. Raises HttpSettingsError for what is wrong."""
    known: dict[str, Any] = {field.name: field.default for field in structs.fields(HttpSettings)}
    for key, value in table.items():
        if key not in known:
            problem = f"[tool.portable.http] has no {key!r}; it may hold {', '.join(known)}"
            raise HttpSettingsError(f"{place(key)}: {problem}")
        if type(value) is not type(known[key]):
            wanted = {str: "a string", bool: "true or false", int: "a whole number"}[type(known[key])]
            raise HttpSettingsError(f"{place(key)}: {key} in [tool.portable.http] must be {wanted}, not {value!r}")
    found = HttpSettings(**table)
    for key in ("auth", "limit"):
        value = getattr(found, key)
        if value and not _NAMED.fullmatch(value):
            problem = f'{key} in [tool.portable.http] must be "module:name", not {value!r}'
            raise HttpSettingsError(f"{place(key)}: {problem}")
    if found.invalid_status not in (400, 422):
        problem = f"invalid_status in [tool.portable.http] must be 400 or 422, not {found.invalid_status}"
        raise HttpSettingsError(f"{place('invalid_status')}: {problem}")
    if found.domain and not _DOMAIN.fullmatch(found.domain):
        problem = f'domain in [tool.portable.http] must be a name such as "api.example.com", not {found.domain!r}'
        raise HttpSettingsError(f"{place('domain')}: {problem}")
    return found


def named_by(setting: str) -> Any:
    """Return what "module:name" leads to, None if there is no such module or name. Raises what importing it raises."""
    module, _, name = setting.partition(":")
    try:
        return getattr(import_module(module), name, None)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        return None
