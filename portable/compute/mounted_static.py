"""Serves a static site: takes a Request; returns the Response with a file, or with the page that stands for all others."""

from __future__ import annotations

from os import path as paths
from os import stat

from portable.errors import HTTPError
from portable.eventing.compression import compressed, gzipped
from portable.eventing.response import Response
from portable.eventing.sent_parts import digest, stored_file
from portable.eventing.sent_query import query_of
from portable.eventing.site import INDEX, WELL_KNOWN, file_of, is_served, media_type, root_of
from portable.eventing.urls import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.compute.context import Context
    from portable.eventing.request import Request
    from portable.eventing.site import Site

READS = "GET, HEAD"
AT_ONCE = 1024 * 1024
"""Bytes of a file that is sent whole, from memory, and with gzip. A larger one is read in pieces where the host can stream."""


def handler(site: Site, prefix: str, _function: str, _declared: tuple[()]) -> Callable[[Request, Context], Response]:
    """Return the handler that serves a site below a path."""
    files = Files(site, paths.realpath(paths.join(root_of(site.module), site.folder)))

    def handle(request: Request, _context: Context) -> Response:
        path = request.raw_path[len(prefix) :]
        found = files.find(path)
        if request.method not in ("GET", "HEAD"):
            return _other_method(request, found)
        if found is None:
            raise HTTPError(404, f"path not found: {request.path}")
        if found == "":
            query = query_of(request)
            return Response.redirect(f"./{request.raw_path.rpartition('/')[2]}/{'?' if query else ''}{query}")
        return files.response(found, request)

    return handle


def _other_method(request: Request, found: str | None) -> Response:
    """Answer OPTIONS, and refuse what does not read. Only a file has methods."""
    if found is None:
        raise HTTPError(404, f"path not found: {request.path}")
    if request.method == "OPTIONS":
        return Response(b"", 204, [("allow", f"{READS}, OPTIONS")])
    raise HTTPError(405, f"method {request.method} is not allowed for this path", {"allow": READS})


class Files:
    """The files of a site in one process. What was made of a file is kept until the file changes, which only `dev` sees."""

    def __init__(self, site: Site, folder: str) -> None:
        self._site = site
        self._folder = folder
        self._etags: dict[str, tuple[Any, str]] = {}
        self._packed: dict[str, bytes] = {}

    def find(self, path: str) -> str | None:
        """Return the name of the file for a path below the site's, as it was sent; "" for a folder that needs a slash; None for no file."""
        parts = [unquote(part) for part in path.split("/")[1:]]
        *_, last = parts or [""]
        named = parts if last else parts[:-1]
        if is_served(named):
            name = "/".join(named)
            if last and self._file(name) is not None:
                return name
            inside = f"{name}/{INDEX}" if name else INDEX
            if self._file(inside) is not None:
                return inside if not last and path else ""
            return self._fallback(parts)
        return None

    def _fallback(self, parts: list[str]) -> str | None:
        """Return the page for a path that no file has: not for a missing asset, not below the paths of functions, and not for well-known data."""
        page = self._site.fallback
        if page is None or (parts and (parts[0] in (*self._site.routed, WELL_KNOWN) or "." in parts[-1])):
            return None
        return page if self._file(page) is not None else None

    def _file(self, name: str) -> str | None:
        return file_of(self._folder, name)

    def response(self, name: str, request: Request) -> Response:
        """Return what a request wants of a file."""
        file = f"{self._folder}/{name}"
        found = stat(file)
        etag = self._etag(name, file, (found.st_mtime_ns, found.st_size))
        who = "public" if request.principal is None else "private"
        headers = [
            ("cache-control", f"{who}, {self._site.cache_control(name)}"),
            ("etag", etag),
            ("x-content-type-options", "nosniff"),
        ]
        kind = media_type(name)
        if found.st_size > AT_ONCE:
            large: Response = stored_file(Response, file, request, kind, headers, (etag, found.st_size))
            return large
        with open(file, "rb") as opened:
            body = opened.read()
        return compressed(request, Response(body, 200, headers, kind).conditional(request), self._gzipped)

    def _etag(self, name: str, file: str, stamp: Any) -> str:
        known = self._etags.get(name)
        if known is None or known[0] != stamp:
            with open(file, "rb") as opened:
                known = self._etags[name] = (stamp, digest(opened)[0])
        return known[1]

    def _gzipped(self, response: Response) -> bytes:
        """Return the body of a response packed. It is packed once: its etag says what it is of."""
        etag = response.header("etag") or ""
        found = self._packed.get(etag)
        if found is None:
            found = self._packed[etag] = gzipped(response)
        return found
