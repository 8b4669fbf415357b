"""The base of every client: takes a resource and the drivers of a runtime; offers only the permitted methods.

There is one class per permission. A client opens nothing before its first call. Calling a method that only another
class of the same kind has raises NotGranted, which is both a PermissionDenied and an AttributeError.
"""

from __future__ import annotations

from portable.errors import NotGranted, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, TypeVar

    from portable.base.drivers import Drivers

    N = TypeVar("N")


class Client:
    """Gives access to a resource with one permission. Subclasses set `kind`, `actions` and `granted_by`.

    Besides its documented errors, each call may raise PermissionDenied, ConfigurationError if the variable with the
    address of the resource is not set or an extra is not installed, Throttled and Unavailable after retries with
    growing waits, and Timeout if the deadline of the function passed.
    """

    __slots__ = ("_driver", "_drivers", "resource")

    kind: ClassVar[str]
    """The kind of resource: bucket, table, queue or topic."""
    actions: ClassVar[tuple[str, ...]]
    """The portable actions that this class grants. Adapters turn them into the least privileges of the provider."""
    granted_by: ClassVar[dict[str, str]] = {}
    """Maps a method name to the class that grants it, for the error message."""
    asynchronous: ClassVar[bool] = False

    def __init__(self, resource: Any, drivers: Drivers) -> None:
        self.resource = resource
        self._drivers = drivers
        self._driver: Any = None

    def _connect(self) -> Any:
        """Return the driver. It is made at the first call."""
        driver = self._driver
        if driver is None:
            drivers = self._drivers
            made = drivers.async_of(self.resource) if self.asynchronous else drivers.of(self.resource)
            driver = self._driver = made
        return driver

    def unwrap(self, native: type[N]) -> N:
        """Return the provider's client of type `native`. Raises UnsupportedError if there is none."""
        found = self._connect().unwrap(native)
        if not isinstance(found, native):
            raise UnsupportedError(
                f"{type(self).__name__} of {self.resource!r} has no native client of type {native.__name__}"
            )
        return found

    if not TYPE_CHECKING:  # type checkers must see that the method does not exist

        def __getattr__(self, name):
            grantor = self.granted_by.get(name)
            if grantor is None:
                raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
            raise NotGranted(
                f'{type(self).__name__} of {self.kind} "{self.resource.name}" does not have {name}(). '
                f"Declare the parameter as {grantor}"
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.resource!r})"
