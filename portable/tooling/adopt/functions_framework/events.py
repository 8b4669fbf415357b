"""CloudEvents and background events of Google Cloud -> messages and objects of portable."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from enum import Enum, auto

from portable.tooling.adopt.functions_framework.entries import Entry, Signature
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted, keys_of
from portable.tooling.adopt.rewriting import REMOVED, Rewriter
from portable.tooling.adopt.values import Kind


class What(Enum):
    """What an event is, by what the code reads of it."""

    message = auto()
    object = auto()
    unknown = auto()


MESSAGE: dict[tuple[str, ...], str] = {
    ("message", "data"): "{encoded}",
    ("message", "attributes"): "{}.attributes",
    ("message", "messageId"): "{}.id",
    ("message", "message_id"): "{}.id",
    ("message", "publishTime"): "{}.sent_at.isoformat()",
    ("message", "publish_time"): "{}.sent_at.isoformat()",
    ("message", "orderingKey"): "{}.group",
}
BACKGROUND: dict[tuple[str, ...], str] = {("data",): "{encoded}", ("attributes",): "{}.attributes"}
OBJECT: dict[tuple[str, ...], str] = {
    ("bucket",): "{}.bucket",
    ("name",): "{}.key",
    ("size",): "str({}.size)",
    ("etag",): "{}.etag",
}
ATTRIBUTES = {What.message: {"id": "{}.id", "time": "{}.sent_at.isoformat()"}, What.object: {}}
CONTEXT = {What.message: {"event_id": "{}.id", "timestamp": "{}.sent_at.isoformat()"}, What.object: {}}
OF_OBJECTS = frozenset(
    [
        "bucket",
        "name",
        "id",
        "size",
        "etag",
        "generation",
        "metageneration",
        "timeCreated",
        "updated",
        "contentType",
        "storageClass",
        "md5Hash",
        "crc32c",
        "mediaLink",
        "selfLink",
        "kind",
        "metadata",
    ]
)
"""What Cloud Storage says of an object."""
GAP = "say what calls it: a Queue or Topic with .messages(), a Bucket with .created(), a schedule or a route (docs/functions.md)"


@dataclass
class EventUse:
    """How a handler uses its event."""

    module: Module
    entry: Entry
    context: str = ""
    aliases: dict[str, ast.stmt] = field(default_factory=dict)
    what: What = What.unknown

    def read(self) -> None:
        """Find the aliases of the data, and what the event is."""
        for statement in ast.walk(self.entry.node):
            if isinstance(statement, ast.Assign) and self._is_data(statement.value) and len(statement.targets) == 1:
                target = statement.targets[0]
                if isinstance(target, ast.Name):
                    self.aliases[target.id] = statement
        paths = {self.path(node) for node in ast.walk(self.entry.node)}
        firsts = {path[0] for path in paths if path}
        seconds = {path[1] for path in paths if len(path) > 1 and path[0] == "message"}
        tested = {
            item.left.value
            for item in ast.walk(self.entry.node)
            if isinstance(item, ast.Compare)
            and isinstance(item.left, ast.Constant)
            and self._is_data(item.comparators[0])
        }
        if self.entry.signature is Signature.background:
            self.what = What.message if {"data", "attributes"} & (firsts | tested) else What.unknown
        elif "message" in firsts or seconds:
            self.what = What.message
        if self.what is What.unknown and {"bucket", "name"} & (firsts | tested) and firsts <= OF_OBJECTS:
            self.what = What.object

    def _is_data(self, node: ast.AST) -> bool:
        """Return whether a node is the data of the event."""
        if isinstance(node, ast.Name) and node.id in self.aliases:
            return True
        if self.entry.signature is Signature.background:
            return dotted(node) == self.entry.argument
        called = node.func if isinstance(node, ast.Call) and not node.args else node
        return dotted(called) in (f"{self.entry.argument}.data", f"{self.entry.argument}.get_data")

    def path(self, node: ast.AST) -> tuple[str, ...]:
        """Return the keys by which a node reads the data, () for another node."""
        if isinstance(node, ast.Subscript | ast.Call):
            keys, inner = keys_of(node)
            return keys if keys and self._is_data(inner) else ()
        return ()

    def rule(self, node: ast.AST, rewriter: Rewriter) -> str | None:
        """Replace what reads the event."""
        event = self.entry.argument
        if isinstance(node, ast.Assign) and node in self.aliases.values():
            return REMOVED
        if (
            isinstance(node, ast.Call)
            and dotted(node.func) in ("base64.b64decode", "b64decode")
            and len(node.args) == 1
        ):
            inner = node.args[0]
            if self._text_of_path(inner) == "{encoded}":
                return f"{event}.payload"
        tested = self._tested(node)
        if tested in ("data", "message", "name", "bucket"):
            return f"bool({event}.payload)" if tested == "data" else "True"
        text = self._text_of_path(node)
        if text is not None:
            if text == "{encoded}":
                return f"{self.module.imports('base64')}.b64encode({event}.payload).decode()"
            return text.replace("{}", event)
        if self.path(node) and not self._deeper(node):
            return self._lost(node, ".".join(self.path(node)), rewriter)
        return self._attribute(node, rewriter)

    def _tested(self, node: ast.AST) -> object:
        """Return the key of which a node asks whether the data has it, None for another node."""
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant) and isinstance(node.ops[0], ast.In):
            return node.left.value if self._is_data(node.comparators[0]) else None
        return None

    def _text_of_path(self, node: ast.AST) -> str | None:
        table = (
            OBJECT
            if self.what is What.object
            else BACKGROUND
            if self.entry.signature is Signature.background
            else MESSAGE
        )
        path = self.path(node)
        return table.get(path) if path else None

    def _deeper(self, node: ast.AST) -> bool:
        """Return whether a part of a path reads something that is known."""
        return any(self._text_of_path(part) is not None for part in ast.walk(node) if part is not node)

    def _attribute(self, node: ast.AST, rewriter: Rewriter) -> str | None:
        event = self.entry.argument
        if self.entry.signature is Signature.cloud_event and isinstance(node, ast.Subscript | ast.Call):
            keys, inner = keys_of(node)
            if len(keys) == 1 and dotted(inner) == event:
                known = ATTRIBUTES[self.what].get(keys[0])
                return known.replace("{}", event) if known else self._lost(node, keys[0], rewriter)
        if isinstance(node, ast.Attribute) and self.context and dotted(node.value) == self.context:
            known = CONTEXT[self.what].get(node.attr)
            return known.replace("{}", event) if known else self._lost(node, node.attr, rewriter)
        if (
            self._is_data(node)
            and isinstance(node, ast.expr)
            and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        ):
            return self._whole(node)
        if isinstance(node, ast.Name) and node.id == event and isinstance(node.ctx, ast.Load):
            what = f"{event} is used as a whole: it is a {self.name} of portable"
            self.module.note(Kind.changed, what, node, f"read the attributes of {self.name} (docs/functions.md#events)")
        return None

    @property
    def name(self) -> str:
        """The name of the event in portable."""
        return "Message" if self.what is What.message else "StoredObject"

    def _whole(self, node: ast.AST) -> str:
        event = self.entry.argument
        what = "the data of the event is used as a whole: it has what portable knows of it"
        self.module.note(Kind.changed, what, node, f"read the attributes of {self.name} (docs/functions.md#events)")
        if self.what is What.object:
            return f'{{"bucket": {event}.bucket, "name": {event}.key, "size": {event}.size, "etag": {event}.etag}}'
        return f'{{"data": {event}.payload, "attributes": {event}.attributes}}'

    def _lost(self, node: ast.AST, name: str, rewriter: Rewriter) -> str:
        instead = f"a {self.name} of portable has other attributes (docs/functions.md#events): take it out"
        self.module.note(Kind.lost, f"{name} of the event has no counterpart", node, instead)
        rewriter.remark(f"a {self.name} of portable has no {name}")
        return self.module.source.segment(node)
