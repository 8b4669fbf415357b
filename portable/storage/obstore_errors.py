"""Translates errors of obstore to errors of the error tree. obstore's own error is the `__cause__`.

The text of obstore's error is not passed on, because it contains whole URLs, and these may contain a signature.
"""

from __future__ import annotations

from portable import errors
from portable.base.statuses import of_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "specified container does not exist")
_BY_NAME = {
    "AlreadyExistsError": errors.Conflict,
    "PreconditionError": errors.Conflict,
    "PermissionDeniedError": errors.PermissionDenied,
    "UnauthenticatedError": errors.PermissionDenied,
    "NotSupportedError": errors.UnsupportedError,
    "InvalidPathError": errors.InvalidKey,
    "UnknownConfigurationKeyError": errors.ConfigurationError,
}
_BY_CODE = {
    "EntityTooLarge": errors.TooLarge,
    "RequestBodyTooLarge": errors.TooLarge,
    "InvalidRange": errors.InvalidRange,
    "OperationTimedOut": errors.Timeout,
    "RequestTimeout": errors.Timeout,
    "ServerBusy": errors.Throttled,
    "SlowDown": errors.Throttled,
}


class Translated:
    """A `with` block that calls obstore for one object. Errors of obstore become errors of the error tree."""

    __slots__ = ("_bucket", "_key")

    def __init__(self, bucket: str, key: str) -> None:
        self._bucket = bucket
        self._key = key

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            found = translate(error, self._bucket, self._key)
            if found is not None:
                raise found from error


def translate(error: BaseException, bucket: str, key: str) -> errors.PortableError | None:
    """Return the error of the error tree for an error of obstore, or None for any other error and for our own."""
    name = type(error).__name__
    if name == "PanicException":  # a BaseException of pyo3: the Rust code had an unexpected failure
        return errors.PortableError(f'bucket "{bucket}": the storage library had an internal error at "{key}": {error}')
    if not isinstance(error, Exception) or isinstance(error, errors.PortableError):
        return None
    text = str(error)
    from_obstore = type(error).__module__.startswith("obstore")
    if (from_obstore or isinstance(error, FileNotFoundError)) and any(mark in text for mark in _NO_BUCKET):
        return errors.NotFound(f'there is no bucket "{bucket}"')
    if isinstance(error, FileNotFoundError):
        return errors.NotFound(f'bucket "{bucket}" has no "{key}"')
    if not from_obstore:
        return None
    status, code = _status(text)
    kind: type[errors.PortableError] | None = _BY_NAME.get(name) or _BY_CODE.get(code)
    if kind is None:
        kind = of_status(int(status)) if status else _without_status(text)
    return kind(f'bucket "{bucket}": {_WORDS.get(kind, "the store failed")} at "{key}"{_shown(status, code)}')


_WORDS = {
    errors.Conflict: "the object exists already or has changed",
    errors.PermissionDenied: "this identity does not have the permission",
    errors.InvalidValue: "the store refused the request",
    errors.UnsupportedError: "this store cannot do this",
    errors.InvalidRange: "the range is outside the object",
    errors.Throttled: "the store asks to slow down",
    errors.Timeout: "the store did not reply in time",
    errors.TooLarge: "the object is too large for one request",
    errors.NotFound: "the object was not found",
}


def _without_status(text: str) -> type[errors.PortableError]:
    if "StartTooLarge" in text or "range" in text.partition("\n")[0].lower():
        return errors.InvalidRange
    if "kind: Timeout" in text or "TimedOut" in text:
        return errors.Timeout
    return errors.Unavailable


def _status(text: str) -> tuple[str, str]:
    """Return the HTTP status and the store's error code from the text of an error. Each is "" if missing."""
    status = text.partition("status code: ")[2][:3]
    code = text.partition("<Code>")[2].partition("</Code>")[0]
    return (status if status.isdigit() else "", code if code.isalnum() else "")


def _shown(status: str, code: str) -> str:
    return f" ({' '.join(part for part in (status, code) if part)})" if status or code else ""
