"""The drivers of a runtime: takes a resource, returns its driver.

A driver is the small provider-specific part of a pillar. Its protocol is in `driver.py` of that pillar. A resource has
a `kind` and a `pillar`; the pillar is the module of the adapter's runtime that makes drivers of that kind. A driver is
made at the first call, never earlier.
"""

# ruff: noqa: D102 - the docstring of the protocol holds for all its methods

from __future__ import annotations

import os

from portable.errors import ConfigurationError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    class Drivers(Protocol):
        """The drivers of a runtime. Each method returns the same driver for the same resource.

        Raises ConfigurationError if the environment variable of the resource is not set or an extra is not installed.
        Raises UnsupportedError if this runtime has no driver of that kind.
        """

        def of(self, resource: Any) -> Any: ...
        def async_of(self, resource: Any) -> Any: ...
        def secret(self, secret: Any) -> str: ...
        def setting(self, setting: Any) -> str: ...


def variable_name(kind: str, name: str) -> str:
    """Return the environment variable that holds the address of a resource, such as PORTABLE_BUCKET_PHOTOS."""
    return f"PORTABLE_{kind}_{name}".upper().replace("-", "_")


def variable(kind: str, name: str, environment: Mapping[str, str] | None = None) -> str:
    """Return the provider's name or address of a resource. It is read from the environment variable.

    `kind` is BUCKET, TABLE, QUEUE, DEAD, TOPIC, SECRET or SETTING. Raises ConfigurationError naming the variable.
    """
    key = variable_name(kind, name)
    value = (os.environ if environment is None else environment).get(key)
    if not value:
        raise ConfigurationError(f'{key} is not set. Set it to the address of the {kind.lower()} "{name}"')
    return value


class LazyDrivers:
    """The drivers of one adapter: `<package>.storage`, `.persistence`, `.eventing`, `.settings`. `elsewhere` names the package
    of another adapter for a kind of resource.

    A module is imported at its first use. Each offers `<kind>_driver(resource, address)`; `settings` offers
    `read_secret(address)` and `read_setting(setting)`. If the adapter lacks the module, UnsupportedError is raised. One
    instance serves the process. Each driver is made once, also when several threads ask for it.
    """

    def __init__(self, package: str, **elsewhere: str) -> None:
        self._package = package
        self._elsewhere = elsewhere
        self._made: dict[tuple[str, str], Any] = {}
        self._awaited: dict[tuple[str, str], Any] = {}

    def of(self, resource: Any) -> Any:
        """Return the driver of a resource. Its protocol is in `driver.py` of the resource's pillar."""
        key = (resource.kind, resource.name)
        found = self._made.get(key)
        if found is None:
            make = getattr(self._module(resource), f"{resource.kind}_driver", None)
            if make is None:
                raise UnsupportedError(f"{self._of(resource)} has no driver for {resource.kind}")
            dead = getattr(resource, "dead_letters_of", None)
            address = variable("DEAD", dead) if dead else variable(*key)
            found = self._made.setdefault(key, make(resource, address))
        return found

    def async_of(self, resource: Any) -> Any:
        """Return the async twin of the driver of a resource."""
        key = (resource.kind, resource.name)
        found = self._awaited.get(key)
        if found is None:
            from portable.base.awaited import awaited

            found = self._awaited.setdefault(key, awaited(self.of(resource)))
        return found

    def secret(self, secret: Any) -> str:
        """Return the value of a secret. It is read again when it is older than its time to live."""
        value: str = self._module(secret).read_secret(variable("SECRET", secret.name))
        return value

    def setting(self, setting: Any) -> str:
        """Return the value of a setting, or its default."""
        value: str = self._module(setting).read_setting(setting)
        return value

    def _of(self, resource: Any) -> str:
        return self._elsewhere.get(resource.kind, self._package)

    def _module(self, resource: Any) -> Any:
        from importlib import import_module

        name = f"{self._of(resource)}.{resource.pillar}"
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise UnsupportedError(f"{self._of(resource)} has no driver for {resource.kind}") from None
