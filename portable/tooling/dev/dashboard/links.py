"""The addresses of the dashboard's pages: takes the parts of a path and a query; returns the address."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from markupsafe import Markup

ROOT = "/_portable"


def address(*parts: str, **query: object) -> str:
    """Return the address of a page. What is None or "" is left out of the query."""
    path = "/".join((ROOT, *(quote(part, safe="") for part in parts or ("",))))
    given = {name: value for name, value in query.items() if value is not None and value != ""}
    return f"{path}?{urlencode(given)}" if given else path


def fixed(*parts: str) -> Markup:
    """Return the address of a page that is made of names in the app's code, which are no secrets."""
    return Markup(address(*parts))  # noqa: S704 - percent-encoded


def resource(kind: str, name: str) -> Markup:
    """Return the address of the page of a resource."""
    return fixed("resources", kind, name)


def function(name: str) -> Markup:
    """Return the address of the page of a function."""
    return fixed("functions", name)


def of(kind: str, name: str) -> Markup:
    """Return the address of what a part of the map stands for."""
    return function(name) if kind == "function" else resource(kind, name)
