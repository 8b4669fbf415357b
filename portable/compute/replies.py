"""What a reply needs beyond the handler's own: takes a request and its route; answers HEAD and OPTIONS, and adds CORS headers.

It is loaded only for such requests and for routes with `cors`.
"""

from __future__ import annotations

from portable.eventing.altered import copy_of, without_body
from portable.eventing.multidict import TOKEN
from portable.eventing.response import Response
from portable.eventing.routing import allow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.eventing.http import Cors
    from portable.eventing.request import Request
    from portable.eventing.routing import Route


def finish(method: str, route: Route, request: Request, response: Response) -> Response:
    """Return the response as the client gets it: without a body for HEAD, with CORS headers if the route has them."""
    if route.cors is not None:
        add_cors(response := copy_of(response), request, route.cors)
    if method == "HEAD":
        return without_body(response)
    return response


def preflight(request: Request, methods: dict[str, Route]) -> Response:
    """Return the response to OPTIONS: Allow, and CORS headers if the route of the requested method has them."""
    response = Response(b"", 204, [("allow", allow(methods))])
    asked = request.headers.get("access-control-request-method")
    route = methods.get(asked or "") or (methods.get("GET") if asked == "HEAD" else None) or methods.get("*")
    if asked and route is not None and route.cors is not None:
        cors = route.cors
        add_cors(response, request, cors)
        wanted = request.headers.get("access-control-request-headers")
        if wanted and not TOKEN.union(", ").issuperset(wanted):  # no list of names: some hosts could not send it back
            wanted = None
        response.headers.append(("access-control-allow-methods", allow(methods)))
        if cors.headers or wanted:
            response.headers.append(("access-control-allow-headers", ", ".join(cors.headers) or wanted or ""))
        response.headers.append(("access-control-max-age", str(cors.max_age)))
    return response


def add_cors(response: Response, request: Request, cors: Cors) -> None:
    """Add the CORS headers if the route allows the origin of the request."""
    anyone = "*" in cors.origins
    if not anyone or cors.credentials:  # a cache must not give the response for one origin to another
        response.headers.append(("vary", "Origin"))
    origin = request.headers.get("origin")
    if origin is None:
        return
    if not anyone and origin not in cors.origins:
        return
    if anyone and not cors.credentials:
        response.headers.append(("access-control-allow-origin", "*"))
    else:
        response.headers.append(("access-control-allow-origin", origin))
    if cors.credentials:
        response.headers.append(("access-control-allow-credentials", "true"))
    if cors.expose:
        response.headers.append(("access-control-expose-headers", ", ".join(cors.expose)))
