"""The modules of an app of functions-framework -> those of portable."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from portable.tooling.adopt.folder import Folder, is_test, module_name
from portable.tooling.adopt.functions_framework.entries import (
    Entry,
    Names,
    Signature,
    entries_of,
    read_names,
    unknown_decorators,
)
from portable.tooling.adopt.functions_framework.events import GAP, EventUse, What
from portable.tooling.adopt.functions_framework.requests import RequestUse
from portable.tooling.adopt.functions_framework.returns import return_rule
from portable.tooling.adopt.functions_framework.rules import flask_rule
from portable.tooling.adopt.functions_framework.typed import typed_handler
from portable.tooling.adopt.gaps import Gap, leave_out
from portable.tooling.adopt.handlers import Handler, write_handler
from portable.tooling.adopt.imports import written
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import parameters_of, resource_name
from portable.tooling.adopt.rewriting import Rewriter, Rule, commented, without_rule
from portable.tooling.adopt.source import Edit, Source
from portable.tooling.adopt.values import Kind, Note
from portable.tooling.adopt.written import Written

MOUNT = 'write web = http.wsgi("/", app) beside it, and it is one function (docs/mounting.md)'


def adopt_functions_framework(folder: Folder) -> Written:
    """Return what an app of functions-framework becomes."""
    sources = {path: source for path, source in folder.sources.items() if not is_test(path)}
    names = {path: read_names(source) for path, source in sources.items()}
    entries = {path: entries_of(source, names[path]) for path, source in sources.items()}
    apps = {path for path, source in sources.items() if _makes_flask(source, names[path])}
    single = (
        sum(entry.signature in (Signature.http, Signature.typed) for found in entries.values() for entry in found) == 1
    )
    function_names: set[str] = set()
    deployed = _deployed(folder)
    modules = {
        path: _Statements(source, names[path], entries[path], single, deployed, function_names, folder.local).written()
        for path, source in sources.items()
        if path not in apps and (entries[path] or names[path].statements)
    }
    notes = [Note(Kind.lost, "an app of Flask: it stays as it is", f"{path}:1", MOUNT) for path in sorted(apps)]
    return Written(
        "functions-framework",
        {path: written(module) for path, module in modules.items()},
        {module_name(path): module.carried for path, module in modules.items() if module.carried},
        [*notes, *(note for module in modules.values() for note in module.notes)],
        distributions=frozenset({"functions-framework", "cloudevents", *(() if apps else ("flask",))}),
    )


def _makes_flask(source: Source, names: Names) -> bool:
    return any(isinstance(node, ast.Call) and names.whole(node.func) == "flask.Flask" for node in ast.walk(source.tree))


def _deployed(folder: Folder) -> dict[str, str]:
    """Return the topics and buckets that scripts of the folder deploy functions with, by the name of the option."""
    found: dict[str, set[str]] = {}
    for path, content in folder.files.items():
        if path.endswith((".sh", ".md", ".yaml", ".yml", ".txt", "Makefile", ".rst")):
            for option, value in re.findall(
                r"--trigger-(topic|bucket|resource)[= ]+[\"']?([A-Za-z][\w.-]*)", content.decode(errors="replace")
            ):
                found.setdefault(option, set()).add(value)
    return {option: values.pop() for option, values in found.items() if len(values) == 1}


@dataclass
class _Statements:
    """Writes the statements of one module."""

    source: Source
    names: Names
    entries: list[Entry]
    single: bool
    deployed: dict[str, str]
    function_names: set[str]
    local: frozenset[str]

    def written(self) -> Module:
        """Return the module with the edits of all statements."""
        top = [item for item in self.names.statements if item in self.source.tree.body]
        self.module = Module(
            self.source,
            gone=top,
            framework_names=set(self.names.known),
            function_names=self.function_names,
            local=self.local,
        )
        self.rules: tuple[Rule, ...] = (without_rule(self.names.statements), flask_rule(self.module, self.names))
        by_node = {entry.node: entry for entry in self.entries}
        for statement in self.source.tree.body:
            if statement in top:
                continue
            entry = by_node.get(statement)  # type: ignore[call-overload]
            if entry is None:
                self._other(statement)
                continue
            decorators = (entry.decorator,) if entry.decorator is not None else ()
            try:
                write_handler(self.module, self._handler(entry, decorators))
            except Gap as gap:
                self.module.note(Kind.lost, gap.what, entry.node, gap.instead)
                leave_out(self.module, entry.node, decorators, gap.instead, (), self.rules)
        return self.module

    def _other(self, statement: ast.stmt) -> None:
        """Write a statement that is no entry point. At the top it must not need the framework, which is gone."""
        function = statement if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) else None
        unknown = unknown_decorators(self.names, function) if function is not None else ()
        gone = {item.id for item in ast.walk(statement) if isinstance(item, ast.Name) and item.id in self.names.known}
        if function is not None and unknown:
            what = f"{self.source.segment(unknown[0])} of {function.name}"
            instead = "async def handlers take a Request of portable: write it by hand (docs/http.md), or mount the app by http.asgi"
            self.module.note(Kind.lost, f"@{what}", statement, instead)
            leave_out(self.module, function, unknown, instead, self.names.known, self.rules)
        elif (
            gone
            and function is None
            and not isinstance(statement, ast.ClassDef | ast.Import | ast.ImportFrom | ast.If | ast.Try)
        ):
            text = " ".join(self.source.segment(statement).split())
            instead = "write this by hand (docs/moving-in.md)"
            self.module.note(Kind.lost, text if len(text) <= 80 else f"{text[:77]}…", statement, instead)
            start, end = self.source.whole_lines(statement)
            self.module.edits.append(
                Edit(start, end, f"{commented(self.source, statement, 'this has no counterpart')}\n")
            )
        else:
            self.module.edits += Rewriter(self.source, self.rules).edits(statement)

    def _handler(self, entry: Entry, decorators: tuple[ast.expr, ...]) -> Handler:
        if entry.signature is Signature.http:
            return self._http(entry, decorators)
        if entry.signature is Signature.typed:
            return typed_handler(self.module, entry, self._path(entry), self.rules)
        return self._event(entry, decorators)

    def _path(self, entry: Entry) -> str:
        """Return the path of a function: the root where it is the only one, else its name, as its address had it."""
        reads = any(
            isinstance(node, ast.Attribute)
            and node.attr in ("path", "full_path", "url")
            and ast.unparse(node.value) == entry.argument
            for node in ast.walk(entry.node)
        )
        base = "" if self.single else f"/{entry.node.name}"
        if reads:
            return f"{base}/{{path:path}}"
        what = f"{entry.node.name} answered every path below its address; here it is {base or '/'} alone"
        self.module.note(Kind.changed, what, entry.node, f'use "{base}/{{path:path}}", if clients send more')
        return base or "/"

    def _http(self, entry: Entry, decorators: tuple[ast.expr, ...]) -> Handler:
        if len(parameters_of(entry.node)) != 1:
            raise Gap(
                f"{entry.node.name} has more parameters than the request", "write the function by hand (docs/http.md)"
            )
        use = RequestUse(self.module, entry.node, entry.argument)
        use.read()
        trigger = f'{self.module.uses("http")}.any("{self._path(entry)}")'
        rules = (return_rule(self.module, self.names, entry.node), use.rule, *self.rules)
        returns = "" if entry.node.returns is not None else None
        return Handler(entry.node, decorators, trigger, tuple(use.parameters()), returns, rules)

    def _event(self, entry: Entry, decorators: tuple[ast.expr, ...]) -> Handler:
        parameters = parameters_of(entry.node)
        use = EventUse(self.module, entry, parameters[1] if len(parameters) > 1 else "")
        use.read()
        module, node = self.module, entry.node
        if use.what is What.unknown:
            raise Gap(f"{node.name}: the source does not say what sends its events", GAP)
        kind = "Topic" if use.what is What.message else "Bucket"
        known = self.deployed.get("topic" if kind == "Topic" else "bucket") or self.deployed.get("resource")
        name = known or resource_name(node.name)
        if known is None:
            what = (
                f"the source does not name the {kind.lower()} that {node.name} is deployed with: it is called {name!r}"
            )
            module.note(Kind.changed, what, node, "give it the name that you want; each stage has its own resources")
        if kind == "Bucket":
            what = f"{node.name} is called for created objects"
            module.note(
                Kind.changed,
                what,
                node,
                "take .deleted(), if it was deployed for deleted ones; archived and changed metadata have no event",
            )
        what = f"{node.name}: an event that fails is tried three times in all; Google Cloud drops it, unless it was deployed with --retry"
        module.note(Kind.changed, what, node, "retry=Retry(attempts=1), where once is meant (docs/functions.md#tries)")
        resource = module.resource(kind, name, node)
        trigger = f"{resource}.messages()" if kind == "Topic" else f"{resource}.created()"
        annotation = f"{module.uses('Message')}[bytes]" if kind == "Topic" else module.uses("StoredObject")
        returns = (
            "None"
            if not any(isinstance(item, ast.Return) and item.value is not None for item in ast.walk(node))
            else ""
        )
        return Handler(
            node, decorators, trigger, (f"{entry.argument}: {annotation}",), returns, (use.rule, *self.rules)
        )
