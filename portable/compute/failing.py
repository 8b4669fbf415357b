"""Takes what a handler raised; returns the response to the client. It is loaded only when there is an error."""

from __future__ import annotations

import logging

from portable.base.ending import ends_process, text_of
from portable.errors import HTTPError, InvalidArgument, InvalidInput, PortableError, TooLarge
from portable.eventing.altered import without_body
from portable.eventing.error_replies import error_response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from portable.eventing.request import Request
    from portable.eventing.response import Response
    from portable.eventing.routing import Route

_log = logging.getLogger("portable")


class Answered(PortableError):
    """A mounted app failed after it had answered. Its client gets `response`; the error, its cause, is logged."""

    def __init__(self, response: Response, error: BaseException) -> None:
        super().__init__(f"{type(error).__name__}: {text_of(error)}")
        self.response = response
        self.__cause__ = error


def refuse_body(route: Route) -> NoReturn:
    """Raise the error (status 413) for a body over the limit of the route."""
    raise too_large(route.max_body)


def too_large(most: int) -> InvalidInput:
    """Return the error for a body of more than `most` bytes. Some hosts do not read it to its end, so its size is not told."""
    return InvalidInput(f"the body has more bytes than the limit of {most}", "body", 413)


def failure(request: Request, route: Route | None, error: BaseException, problems: bool = False) -> Response:
    """Return the response for an error, as a problem if the app or the client wants it (`problems`). If it is not an HTTPError, it is logged with its traceback and not shown.

    SystemExit, CancelledError and groups of errors are handled like any other error: they must not end the process. The
    error by which the test kit simulates a process that has died is passed on.
    """
    if ends_process(error):
        raise error
    try:
        if isinstance(error, Answered):
            _report(request, error.__cause__ or error)
            return error.response
        shown = _shown_error(request, error)
        status = shown.status
        if route is not None and isinstance(shown, InvalidInput) and status == 400:
            status = route.invalid_status
        response = error_response(shown, problems or _asks_for_problems(request), status)
    except BaseException as broken:  # noqa: BLE001 - the HTTPError has a status or detail that cannot be sent
        _report(request, broken)
        response = error_response(HTTPError(500, "Internal Server Error"))
    if route is not None and route.cors is not None:
        from portable.compute.replies import add_cors

        add_cors(response, request, route.cors)
    return without_body(response) if request.method == "HEAD" else response


def _asks_for_problems(request: Request) -> bool:
    """Return whether a client names application/problem+json (RFC 9457) in what it accepts."""
    accept = request.headers.get("accept")
    if accept is None or "problem+json" not in accept:
        return False
    from portable.eventing.accepting import quality

    return quality(accept, "application/problem+json", ranges=()) > 0


def _shown_error(request: Request, error: BaseException) -> HTTPError:
    """Return the error that the client gets. An internal error is logged and replaced by a 500."""
    if isinstance(error, HTTPError):
        return error
    if isinstance(error, (InvalidArgument, TooLarge)):
        from portable.eventing.blame import answer

        found = answer(request, error)
        if found is not None:
            return found
    _report(request, error)
    return HTTPError(500, "Internal Server Error")


def _report(request: Request, error: BaseException) -> None:
    """Log an error with its traceback. A broken error text or log handler does not fail the response."""
    try:
        _log.error("%s failed: %s", request, text_of(error), exc_info=error)
    except BaseException as broken:
        if ends_process(broken):
            raise
