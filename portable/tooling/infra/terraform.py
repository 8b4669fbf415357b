"""Blocks of Terraform JSON -> the text of a file, as Terraform and OpenTofu read it.

In a `*.tf.json` file `${…}` and `%{…}` inside any text are evaluated. So a text is taken as it is written unless it is an
`Expression`: whatever a user declared can never become code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

ENGINE = "1.11"
"""The first version, of Terraform and OpenTofu, with arguments that are never kept in the state. Secrets are such arguments."""


class Expression(str):
    """A text that Terraform evaluates, such as `${aws_sqs_queue.jobs.arn}`."""

    __slots__ = ()

    def __add__(self, more: str) -> Expression:
        """Return this and a text; a text that is no expression is taken as it is written."""
        return Expression(f"{self!s}{more if isinstance(more, Expression) else escaped(more)}")


def reference(address: str) -> Expression:
    """Return the value at an address, such as `aws_sqs_queue.jobs.arn`."""
    return Expression(f"${{{address}}}")


def escaped(text: str) -> str:
    """Return a text so that Terraform evaluates nothing in it."""
    return text.replace("${", "$${").replace("%{", "%%{")


class Document:
    """The blocks of one configuration, by type and name. No block can be added twice."""

    def __init__(self) -> None:
        self._blocks: dict[str, dict[str, Any]] = {}

    def resource(self, kind: str, label: str, /, **arguments: Any) -> str:
        """Add a resource and return its address. Arguments that are None are left out."""
        self._add("resource", kind, label, arguments)
        return f"{kind}.{label}"

    def data(self, kind: str, label: str, /, **arguments: Any) -> str:
        """Add a data source and return its address. Arguments that are None are left out."""
        self._add("data", kind, label, arguments)
        return f"data.{kind}.{label}"

    def block(self, kind: str, label: str, /, **arguments: Any) -> None:
        """Add a block with one label, such as a variable or an output."""
        held = self._blocks.setdefault(kind, {})
        assert label not in held, f"{kind} {label} was added twice"
        held[label] = _given(arguments)

    def default(self, variable: str, value: Any) -> None:
        """Give a variable a default, None is one too. It is the one text that Terraform never evaluates."""
        self._blocks["variable"][variable]["default"] = Expression(value) if isinstance(value, str) else value

    def top(self, kind: str, /, **arguments: Any) -> None:
        """Add arguments to a block without labels, such as `terraform` and `locals`."""
        self._blocks.setdefault(kind, {}).update(_given(arguments))

    def provider(self, name: str, version: str, /, **arguments: Any) -> None:
        """Add the versions of the engine and of a provider, and the provider's own arguments."""
        wanted = {name: {"source": f"hashicorp/{name}", "version": version}}
        self.top("terraform", required_version=f">= {ENGINE}", required_providers=wanted)
        self.block("provider", name, **arguments)

    def resources(self) -> list[str]:
        """Return the type of each resource."""
        return [kind for kind, labels in self._blocks.get("resource", {}).items() for _ in labels]

    def each(self, kind: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Yield each "resource" or each "data" source: its type, its label and its arguments."""
        for what, labels in self._blocks.get(kind, {}).items():
            yield from ((what, label, arguments) for label, arguments in labels.items())

    def get(self, kind: str, what: str, label: str) -> Mapping[str, Any] | None:
        """Return the arguments of one "resource" or "data" source, None when it is not here."""
        found: Mapping[str, Any] | None = self._blocks.get(kind, {}).get(what, {}).get(label)
        return found

    def text(self) -> str:
        """Return the text of the file."""
        return json.dumps(_plain(self._blocks), indent=2, ensure_ascii=False) + "\n"

    def _add(self, kind: str, what: str, label: str, arguments: dict[str, Any]) -> None:
        held = self._blocks.setdefault(kind, {}).setdefault(what, {})
        assert label not in held, f"{what}.{label} was added twice"
        held[label] = _given(arguments)


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Expression):
        return str(value)
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, dict):
        return {escaped(key) if isinstance(key, str) else key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
