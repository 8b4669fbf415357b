"""The set of drivers a runtime hands to clients: a resource in, its driver out, made at first use only.

A driver is the narrow, provider-specific half of a pillar; its protocol lives in that pillar's `driver.py`.
A resource says its `kind` and its `pillar`, the module of an adapter's runtime that makes drivers of that kind.
Nothing is opened before the first call.
"""

# ruff: noqa: D102 - the protocol says once what all its methods promise

from __future__ import annotations

import os

from portable.errors import ConfigurationError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from portable.settings.secret import Secret
    from portable.settings.setting import Setting

    class Drivers(Protocol):
        """What a runtime hands out. Each method returns the same driver for the same resource.

        Raises ConfigurationError when the variable that names the resource is missing or an extra is not installed,
        UnsupportedError when this runtime has no driver of that kind.
        """

        def of(self, resource: Any) -> Any: ...
        def async_of(self, resource: Any) -> Any: ...
        def secret(self, secret: Secret) -> str: ...
        def setting(self, setting: Setting) -> str: ...


def variable_name(kind: str, name: str) -> str:
    """Return the name of the environment variable that holds a resource's address: PORTABLE_BUCKET_PHOTOS."""
    return f"PORTABLE_{kind}_{name}".upper().replace("-", "_")


def variable(kind: str, name: str, environment: Mapping[str, str] | None = None) -> str:
    """Return the provider's own name or address of a resource, from its environment variable.

    `kind` is BUCKET, TABLE, QUEUE, DEAD, TOPIC, SECRET or SETTING. Raises ConfigurationError naming the variable.
    """
    key = variable_name(kind, name)
    value = (os.environ if environment is None else environment).get(key)
    if not value:
        raise ConfigurationError(f'{key} is not set: it must hold the address of the {kind.lower()} "{name}"')
    return value


def missing_extra(extra: str, package: str) -> ConfigurationError:
    """Return the error for a provider's package that is not installed."""
    return ConfigurationError(f'{package} is not installed: pip install "portable-functions[{extra}]"')


class LazyDrivers:
    """The drivers of one adapter: `<package>.storage`, `.persistence`, `.eventing`, `.settings`, imported at first use.

    Each of those modules offers `<kind>_driver(resource, address)` and `async_<kind>_driver(resource, address)`;
    `settings` offers `read_secret(address)` and `read_setting(setting)`. A module the adapter does not have is a
    missing capability: UnsupportedError. One instance serves the process; a driver is made once, also under threads.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._made: dict[tuple[str, str, str], Any] = {}

    def of(self, resource: Any) -> Any:
        """Return the driver of a resource; its protocol is in `driver.py` of the resource's pillar."""
        return self._kept(resource.kind, resource, "")

    def async_of(self, resource: Any) -> Any:
        """Return the async driver of a resource."""
        return self._kept(resource.kind, resource, "async_")

    def secret(self, secret: Secret) -> str:
        """Return the value of a secret, re-read when it is older than its time to live."""
        value: str = self._module(secret).read_secret(variable("SECRET", secret.name))
        return value

    def setting(self, setting: Setting) -> str:
        """Return the value of a setting, else its default."""
        value: str = self._module(setting).read_setting(setting)
        return value

    def _kept(self, kind: str, resource: Any, prefix: str) -> Any:
        key = (prefix, kind, resource.name)
        found = self._made.get(key)
        if found is None:
            make = getattr(self._module(resource), f"{prefix}{kind}_driver", None)
            if make is None:
                raise UnsupportedError(f"{self._package} has no {kind}")
            dead = getattr(resource, "dead_letters_of", None)
            address = variable("DEAD", dead) if dead else variable(kind, resource.name)
            found = self._made.setdefault(key, make(resource, address))
        return found

    def _module(self, resource: Any) -> Any:
        from importlib import import_module

        name = f"{self._package}.{resource.pillar}"
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise UnsupportedError(f"{self._package} has no {resource.kind}") from None
