"""Tokens for `portable dev`: takes an app and the folder of its data; signs tokens that its handlers take on this machine.

Nothing but the drivers of `portable dev` knows the keys. What is packaged, or runs elsewhere, never takes such a token.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portable.errors import ConfigurationError, PortableError, Unavailable
from portable.eventing.auth_key_sets import read_keys
from portable.settings.setting import Setting
from portable.tooling.app.model import AppModel
from portable.tooling.run.token_keys import from_pem, new_key, preferred, public_form, signed, to_pem
from portable.tooling.targets import here

if TYPE_CHECKING:
    from portable.tooling.run.token_keys import PrivateKey

_log = logging.getLogger("portable")
LIFE = 86_400
"""How long a token is valid, in seconds."""


class DevTokens:
    """The keys of one project, one for each algorithm. They are kept, so that a token outlives a reload."""

    def __init__(self, app: AppModel, folder: Path) -> None:
        self._routes = {
            function.name: function.trigger["auth"]
            for function in app.http()
            if (function.trigger.get("auth") or {}).get("kind") == "jwt"
        }
        self._folder = folder

    def key_set(self, issuer: str) -> list[dict[str, Any]]:
        """Return the public keys of this machine, and those of the issuer if it can be reached."""
        names = sorted({preferred(auth["algorithms"]) for auth in self._routes.values()})
        found = [public_form(self._key(name), name, _kid(name)) for name in names]
        try:
            return [*found, *read_keys(issuer)]
        except Unavailable as error:
            _log.warning("only tokens of `portable token` are taken: %s", error)
            return found

    def token(
        self,
        subject: str,
        settings: Mapping[str, str],
        function: str | None = None,
        scopes: Sequence[str] | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> str:
        """Return a token that a function takes: the named one, or the first that takes tokens. `settings` are by name.

        Without `scopes` it has those that the function asks for. Raises PortableError if it takes none.
        """
        name = function or next(iter(self._routes), None)
        auth = self._routes.get(name or "")
        if auth is None:
            having = f"; those that do: {', '.join(self._routes)}" if self._routes else ""
            raise PortableError(f"{function or 'the app'} takes no tokens: it has no auth=http.jwt(…){having}")
        algorithm, now = preferred(auth["algorithms"]), int(time.time())
        wanted = auth["scopes"] if scopes is None else scopes
        found = {
            "iss": _text(auth["issuer"], settings),
            "aud": _text(auth["audience"][0], settings),
            "sub": subject,
            "iat": now,
            "exp": now + LIFE,
            **({"scope": " ".join(wanted)} if wanted else {}),
            **(claims or {}),
        }
        return signed(found, self._key(algorithm), algorithm, {"kid": _kid(algorithm)})

    def _key(self, algorithm: str) -> PrivateKey:
        """Return the private key of an algorithm; it is made and kept at its first use."""
        file = self._folder / f"token-{algorithm}.pem"
        if not file.exists():
            made = to_pem(new_key(algorithm))
            part = file.with_suffix(f".{os.getpid()}")
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as written:
                written.write(made)
            with suppress(FileExistsError):  # two processes ask at once: the first key counts
                os.link(part, file)
            part.unlink()
        return from_pem(file.read_bytes())


def _kid(algorithm: str) -> str:
    return f"portable-dev-{algorithm}"


def _text(given: str | Mapping[str, str], settings: Mapping[str, str]) -> str:
    if isinstance(given, str):
        return given
    name = given["setting"]
    if name not in settings:
        raise PortableError(f'the setting "{name}" has no value: write it into .portable.env')
    return settings[name]


def setting_values(app: AppModel, project: Path) -> dict[str, str]:
    """Return the settings of an app that have a value on this machine, by name."""
    drivers, found = here()[1].drivers(project), {}
    for resource in app.resources:
        if resource.kind == Setting.kind:
            with suppress(ConfigurationError):
                found[resource.name] = drivers.setting(Setting(resource.name, resource.options.get("default")))
    return found
