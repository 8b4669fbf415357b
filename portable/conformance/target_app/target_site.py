"""A static site, and functions below its path."""

from __future__ import annotations

from portable import function as _function
from portable import http

site = http.static("/site", "target_site_files", fallback="index.html", name="site")


@_function(http.get("/site/api/{name}"))
def answered(name: str) -> str:
    """Answer below a site: the paths of functions win."""
    return f"api {name}"


@_function(http.post("/site/docs/"))
def posted() -> str:
    """Take what a page of the site posts to its own path."""
    return "posted"
