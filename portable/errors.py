"""The error tree: every error that portable raises on purpose.

PortableError
├── DeclarationError      a function or resource is declared wrongly; names file:line and what would be right
├── UnsupportedError      this target or driver cannot do it
├── ConfigurationError    a variable, credential or extra that is needed at run time is missing
├── EventError            the event is not the declared one; says what arrived and what was expected
├── PermissionDenied      the identity, or the type of the client, does not have this permission
├── NotFound              the object, row, queue or secret does not exist (also a LookupError)
├── Conflict              a condition was false: the object or row exists already, or it has changed
├── InvalidArgument       a client got an invalid argument (also a ValueError); 400 or 404 if it came with a request
│   ├── InvalidKey        a key, name or metadata entry does not follow the portable rules
│   ├── InvalidValue      a value or argument cannot be stored on every target; names the field
│   └── InvalidRange      a byte range is outside the object
├── InvalidRow            a stored row does not fit the table's row type; names table and row (also a ValueError)
├── TooLarge              something is over a limit; names the limit; 413 if it came with a request
├── Throttled             the service asks to slow down; raised after retries until the deadline
├── Unavailable           the service failed or could not be reached; the call may be tried again
├── Timeout               the deadline passed before the call was done
└── HTTPError             a handler raises it to reply with this HTTP status
    ├── InvalidInput      the request cannot be read as declared; names the place of the fault
    └── InProgress        another delivery with the same idempotency key is being handled; try again later

The provider's own exception is `__cause__`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

MOST_FAULTS = 100
"""The largest number of faults that one error tells. A hostile body may have one in each of its values."""
_SEVERAL: Any = object()
"""Stands for a refused value that is not given. None is a value, such as a null in JSON."""


class PortableError(Exception):
    """The root of every error that portable raises on purpose. It can be copied and pickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make an equal error: by its text, which is no argument of most errors."""
        return _equal, (type(self), self.args, self.__dict__)


def _equal(kind: type[PortableError], args: tuple[Any, ...], attributes: dict[str, Any]) -> PortableError:
    made = kind.__new__(kind, *args)
    made.__dict__.update(attributes)
    return made


class DeclarationError(PortableError):
    """A function or resource is declared wrongly. `where` is "file:line" if it is known, `message` is the text."""

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.where = where


class UnsupportedError(PortableError):
    """This target or driver cannot do it."""


class ConfigurationError(PortableError):
    """A variable, credential or extra that is needed at run time is missing."""


class EventError(PortableError):
    """The event is not the one that the function declared. `expected` and `came` describe both."""

    def __init__(self, expected: str, came: str) -> None:
        super().__init__(f"expected {expected}, but {came} came")
        self.expected = expected
        self.came = came


class PermissionDenied(PortableError):
    """The identity, or the type of the client, does not have this permission."""


class NotGranted(PermissionDenied, AttributeError):
    """The client's type does not have this method, but another client type has it."""


class NotFound(PortableError, LookupError):
    """The object, row, queue or secret does not exist."""


class Conflict(PortableError):
    """A condition was false: the object or row exists already, or it has changed."""


class InvalidArgument(PortableError, ValueError):
    """A client got an invalid argument. This is the root of InvalidKey, InvalidValue and InvalidRange.

    `value` is the refused value, or None if it is not a single value. If an HTTP handler does not catch the error and
    the value came with the request, the reply is 400 or 404 (`portable.eventing.blame`).
    """

    value: Any = None

    def __init__(self, message: str = "", value: Any = _SEVERAL) -> None:
        super().__init__(message)
        if value is not _SEVERAL:
            self.value = value


class InvalidKey(InvalidArgument):
    """A key, name or metadata entry does not follow the portable rules."""


class InvalidValue(InvalidArgument):
    """A value or argument cannot be stored on every target. The message names the field."""


class InvalidRow(PortableError, ValueError):
    """A stored row does not fit the table's row type. `table` is the name of the table, `key` the key of the row.

    `page` holds the other rows of the page and the token of the next page, or None if no page was read. `query` and
    `scan` leave such rows out with `on_invalid="skip"`.
    """

    def __init__(self, message: str, table: str, key: Any, page: Any = None) -> None:
        super().__init__(message)
        self.table = table
        self.key = key
        self.page = page


class InvalidRange(InvalidArgument):
    """A byte range is outside the object."""


class TooLarge(PortableError):
    """Something is over a limit. The message names the limit.

    `value` is the value that is too large, or None if it is not a single value. If an HTTP handler does not catch the
    error and most of the value came with the request, the reply is 413.
    """

    def __init__(self, message: str = "", value: Any = None) -> None:
        super().__init__(message)
        self.value = value


class Throttled(PortableError):
    """The service asks to slow down."""


class Unavailable(PortableError):
    """The service failed or could not be reached. The call may be tried again."""


class Timeout(PortableError):
    """The deadline passed before the call was done."""


class HTTPError(PortableError):
    """A handler, or a function that it calls, raises it to reply with this HTTP `status`.

    `detail` is any JSON value; the body is {"detail": detail}. `headers` are added to the reply: a mapping, or pairs
    where a name may be repeated.
    """

    def __init__(
        self, status: int, detail: Any = None, headers: Mapping[str, str] | list[tuple[str, str]] | None = None
    ) -> None:
        super().__init__(f"HTTP {status}" if detail is None else f"HTTP {status}: {detail}")
        self.status = status
        self.detail: Any = detail
        self.headers = headers


class InvalidInput(HTTPError):
    """The request cannot be read as declared. `at` is the place, such as "query.limit" or "body.items[0].price".

    `others` are further faults of the same request, as pairs (place, message). The body of the reply is
    {"detail": detail, "at": at, "errors": errors}.
    """

    def __init__(self, detail: str, at: str, status: int = 400, others: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(status, detail)
        self.at = at
        self.others = tuple(others)

    @property
    def errors(self) -> list[dict[str, str]]:
        """All faults that were found, this one first, each as {"at": place, "message": text}."""
        return [{"at": at, "message": message} for at, message in ((self.at, self.detail), *self.others)]

    def __str__(self) -> str:
        return f"{self.at}: {self.detail}"


class MissingInput(InvalidInput, KeyError):
    """A field, parameter, header or cookie that a handler reads by `[name]` was not sent. It is a KeyError as well."""

    def __init__(self, at: str) -> None:
        super().__init__("a value is required", at)


class InProgress(HTTPError):
    """Another delivery with the same idempotency key is being handled. An HTTP client may try again in `seconds`."""

    def __init__(self, key: str, seconds: int) -> None:
        super().__init__(409, "a request with this idempotency key is being handled", {"retry-after": str(seconds)})
        self.key = key
        self.seconds = seconds
