"""Takes an OpenAPI document; returns the page that shows it: HTML with its own style, without scripts, that loads nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from itertools import groupby
from os.path import relpath
from pathlib import Path
from typing import Any

from portable.tooling.app.model import ServedModel
from portable.tooling.app.openapi.page_parts import Link, code, paragraphs, schema_block, shown

STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def policy() -> str:
    """Return the Content-Security-Policy of the page: its own style, and nothing else."""
    style = b64encode(sha256(STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def page(made: Mapping[str, Any], served: ServedModel) -> str:
    """Return the page of a document. Its links are relative, so it works below any prefix."""
    info = made["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    there = relpath(served.document, (served.page or "/").rpartition("/")[0] or "/")
    schemas = made["components"]["schemas"]
    schemes = made["components"].get("securitySchemes", {})
    groups = _groups(made)
    lines = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title><style>{STYLE}</style></head><body>",
        '<a class="skip" href="#operations">Skip to the operations</a>',
        f'<header><h1>{title}</h1><p><a href="{escape(there)}">The OpenAPI document</a></p></header>',
        '<nav aria-label="Operations">',
        *(line for name, found in groups for line in _contents(name, found)),
        '</nav><main id="operations" tabindex="-1">',
        *(line for name, found in groups for line in _group(name, found)),
        *(_schemes(schemes) if schemes else ()),
        "<section><h2>Schemas</h2>",
        *(schema_block(name, schema) for name, schema in schemas.items()),
        "</section></main></body></html>",
    ]
    return "\n".join(lines) + "\n"


Operation = tuple[str, str, Mapping[str, Any]]
"""The method, the path, and the operation."""


def _groups(made: Mapping[str, Any]) -> list[tuple[str, list[Operation]]]:
    """Return the operations by their first tag. Those without one go first."""
    found = [
        (method, path, operation) for path, methods in made["paths"].items() for method, operation in methods.items()
    ]

    def tag(each: Operation) -> str:
        return str(each[2].get("tags", [""])[0])

    return [(name, list(those)) for name, those in groupby(sorted(found, key=tag), key=tag)]


def _contents(name: str, operations: list[Operation]) -> Iterator[str]:
    yield f"<h2>{escape(name or 'Operations')}</h2><ul>"
    for method, path, operation in operations:
        yield f'<li><a href="#{_anchor(operation)}">{_method(method)} {code(path)}</a></li>'
    yield "</ul>"


def _group(name: str, operations: list[Operation]) -> Iterator[str]:
    yield f"<section><h2>{escape(name or 'Operations')}</h2>"
    for method, path, operation in operations:
        yield from _operation(method, path, operation)
    yield "</section>"


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f'<article id="{_anchor(operation)}"><h3>{_method(method)} {code(path)}</h3>'
    if "summary" in operation:
        yield f"<p><strong>{escape(operation['summary'])}</strong></p>"
    yield paragraphs(operation.get("description", ""))
    if "security" in operation:
        yield f"<p>Who may call: {' or '.join(_needed(each) for each in operation['security'])}</p>"
    if parameters := operation.get("parameters"):
        yield "<h4>Parameters</h4><table><thead><tr><th>name</th><th>in</th><th>type</th><th></th></tr></thead><tbody>"
        yield from (_parameter(each) for each in parameters)
        yield "</tbody></table>"
    if body := operation.get("requestBody"):
        yield f"<h4>Body{'' if body['required'] else ', may be left out'}</h4>"
        yield from _content(body["content"])
    yield "<h4>Replies</h4><table><thead><tr><th>status</th><th>when</th><th>body</th></tr></thead><tbody>"
    for status, reply in operation["responses"].items():
        kinds = "<br>".join(_kind(*each) for each in reply.get("content", {}).items())
        yield f'<tr><th scope="row">{escape(status)}</th><td>{escape(reply["description"])}</td><td>{kinds}</td></tr>'
    yield "</tbody></table></article>"


def _parameter(each: Mapping[str, Any]) -> str:
    needed = "needed" if each["required"] else "may be left out"
    says = escape(each.get("description", ""))
    return (
        f'<tr><th scope="row">{code(each["name"])}</th><td>{each["in"]}</td><td>{shown(each["schema"])}</td>'
        f"<td>{needed}{'. ' if says else ''}{says}</td></tr>"
    )


def _content(content: Mapping[str, Any]) -> Iterator[str]:
    for media_type, said in content.items():
        yield f"<p>{_kind(media_type, said)}</p>"
        if "example" in said:
            yield f'<pre tabindex="0">{escape(_json(said["example"]))}</pre>'


def _kind(media_type: str, said: Mapping[str, Any]) -> str:
    found = shown(said.get("schema", {}))
    return f"{code(media_type)}{': ' if found else ''}{found}"


def _json(value: Any) -> str:
    from json import dumps

    return dumps(value, indent=2, ensure_ascii=False)


def _needed(each: Mapping[str, list[str]]) -> str:
    named = (f"{Link('scheme', name)}{_scopes(scopes)}" for name, scopes in each.items())
    return " and ".join(named) or "everybody"


def _scopes(scopes: list[str]) -> str:
    return f" with {', '.join(map(code, scopes))}" if scopes else ""


def _schemes(schemes: Mapping[str, Any]) -> Iterator[str]:
    yield "<section><h2>Who may call</h2><dl>"
    for name, scheme in schemes.items():
        facts = ", ".join(f"{escape(key)} {code(value)}" for key, value in scheme.items() if key != "description")
        says = escape(scheme.get("description", ""))
        yield f'<dt id="scheme-{escape(name)}">{code(name)}</dt><dd>{facts}{". " if says else ""}{says}</dd>'
    yield "</dl></section>"


def _anchor(operation: Mapping[str, Any]) -> str:
    return f"operation-{escape(operation['operationId'])}"


def _method(method: str) -> str:
    return f'<span class="method {method}">{method.upper()}</span>'
