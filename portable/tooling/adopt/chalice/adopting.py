"""The modules of a Chalice app -> those of portable."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace

from portable.tooling.adopt.chalice.apps import Apps, Prefix, framework_decorators, made_names, read_apps, registered
from portable.tooling.adopt.chalice.auth import auth_rule, authorizers, closed_text, is_literal
from portable.tooling.adopt.chalice.configuration import (
    ENVIRONMENT,
    Configuration,
    environment_text,
    read_configuration,
)
from portable.tooling.adopt.chalice.errors import MODULE, error_rule, shimmed, view_errors
from portable.tooling.adopt.chalice.events import event_handler
from portable.tooling.adopt.chalice.helpers import asking_decorators, handed_to, needy_functions
from portable.tooling.adopt.chalice.requests import RequestUse
from portable.tooling.adopt.chalice.routes import RouteRoom, cors_text, route_handler
from portable.tooling.adopt.chalice.rules import chalice_rule
from portable.tooling.adopt.folder import Folder, is_test, module_name
from portable.tooling.adopt.gaps import Gap, leave_out
from portable.tooling.adopt.handlers import write_body, write_handler, write_signature
from portable.tooling.adopt.imports import written
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import free_module, parameters_of
from portable.tooling.adopt.replies import returned
from portable.tooling.adopt.rewriting import Rewriter, Rule, commented, without_rule
from portable.tooling.adopt.source import Edit, FunctionNode, Source
from portable.tooling.adopt.values import Kind
from portable.tooling.adopt.written import Written


@dataclass(frozen=True, slots=True)
class Whole:
    """What is known of the whole app: where blueprints are registered, the configuration, errors that stay classes."""

    prefixes: Mapping[str, Prefix]
    configuration: Configuration
    shims: frozenset[str]
    function_names: set[str]
    local: frozenset[str]


def adopt_chalice(folder: Folder) -> Written:
    """Return what a Chalice app becomes."""
    sources = {path: source for path, source in folder.sources.items() if not is_test(path)}
    known = {name for source in sources.values() for name in made_names(source)}
    apps = {path: read_apps(source, known) for path, source in sources.items()}
    apps = {path: found for path, found in apps.items() if found.objects or found.statements}
    prefixes = {
        name: prefix for path, found in apps.items() for name, prefix in registered(sources[path], found).items()
    }
    configuration = read_configuration(folder.text(".chalice/config.json"))
    shims = frozenset(name for path, found in apps.items() for name in shimmed(sources[path], found))
    whole = Whole(prefixes, configuration, shims, set(), folder.local)
    modules = {path: _module(sources[path], found, whole) for path, found in apps.items()}
    files = {path: written(module) for path, module in modules.items()}
    if configuration.environment:
        files[f"{free_module(ENVIRONMENT, folder.local)}.py"] = environment_text(configuration.environment)
    if shims:
        files[f"{free_module(MODULE, folder.local)}.py"] = view_errors(shims)
    return Written(
        "Chalice",
        files,
        {module_name(path): module.carried for path, module in modules.items() if module.carried},
        [*configuration.notes, *(note for module in modules.values() for note in module.notes)],
        configuration.name,
        frozenset({"chalice"}),
        variables=frozenset(configuration.environment),
        left_out=frozenset(path for path in folder.files if path.startswith(".chalice/")),
    )


def _module(source: Source, apps: Apps, whole: Whole) -> Module:
    made = [statement for statement in apps.objects.values() if statement is not None]
    module = Module(
        source,
        gone=[item for item in apps.statements if item in source.tree.body],
        anchor=min(made, key=lambda item: item.lineno) if made else None,
        framework_names={*apps.imported, *apps.roots},
        function_names=whole.function_names,
        local=whole.local,
    )
    for statement in made:
        if statement is not module.anchor:
            module.edits.append(Edit(*source.whole_lines(statement), ""))
    _Statements(module, apps, whole).write()
    return module


class _Statements:
    """Writes the statements of one module."""

    def __init__(self, module: Module, apps: Apps, whole: Whole) -> None:
        self.module, self.apps, self.whole = module, apps, whole
        self.helpers = needy_functions(module.source, apps)
        self.asking = asking_decorators(module.source, apps)
        self.handed = handed_to(module.source, apps)
        self.rules: tuple[Rule, ...] = (
            without_rule(apps.statements),
            error_rule(module, apps, whole.shims),
            chalice_rule(module, apps),
        )
        self.authorizers = authorizers(module, apps)
        self.done = {edit.start for edit in module.edits}

    def write(self) -> None:
        """Add the edits of all statements."""
        room = RouteRoom(
            self.module,
            self.apps,
            dict(self.whole.prefixes),
            self.authorizers,
            self.helpers,
            self.asking,
            self.handed,
            self._app_cors(),
            {},
        )
        for statement in self.module.source.tree.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self._function(statement, room)
            elif isinstance(statement, ast.ClassDef):
                self._rewrite(statement)
            else:
                self._top(statement)

    def _options(self, node: FunctionNode) -> dict[str, str]:
        found = {**self.whole.configuration.options, **self.whole.configuration.functions.get(node.name, {})}
        if self.whole.configuration.environment:
            home = free_module(ENVIRONMENT, self.whole.local)
            self.module.first_party.setdefault(home, set()).add("ENVIRONMENT")
            found["environment"] = "ENVIRONMENT"
        return found

    def _function(self, node: FunctionNode, room: RouteRoom) -> None:
        found = framework_decorators(self.apps, node)
        rules = self.rules
        if not found:
            self._plain(node)
            return
        names = {name for name, _, _ in found}
        room = replace(room, options=self._options(node))
        decorators = tuple(decorator for _, _, decorator in found)
        handler = None
        try:
            _check_triggers(node, found)
            if "authorizer" in names:
                self._authorizer(node, decorators)
                return
            if names == {"route"}:
                owner = ast.unparse(decorators[0]).partition(".")[0]
                handler = route_handler(room, node, [call for _, call, _ in found if call], owner, rules)
            else:
                name, call, _ = found[0]
                handler = event_handler(
                    self.module, self.apps, node, name, call, (RequestUse(self.module, self.apps, node).rule, *rules)
                )
                handler = replace(handler, options={**room.options, **handler.options})
        except Gap as gap:
            self.module.note(Kind.lost, gap.what, node, gap.instead)
            uses = {*self.apps.objects, *self.apps.imported, *self.apps.roots}
            leave_out(self.module, node, decorators, gap.instead, uses, rules)
            return
        write_handler(self.module, replace(handler, decorators=decorators))

    def _authorizer(self, node: FunctionNode, decorators: tuple[ast.expr, ...]) -> None:
        module = self.module
        returns = returned(module.source, node)
        if not is_literal(self.apps, returns) or not parameters_of(node):
            what = f"the authorizer {node.name}: its routes let nobody in until you write its check"
            module.note(
                Kind.lost, what, node, "return a Principal for whom it lets in, else None (docs/auth.md#your-own-check)"
            )
            start, end = module.source.whole_lines(node)
            text = commented(module.source, node, f"{node.name} below lets nobody in: write here what it did")
            module.edits.append(Edit(start, end, f"{text}\n{closed_text(module, node.name)}"))
            return
        argument = parameters_of(node)[0]
        what = f"the authorizer {node.name} is asked in each call, without a cache; whom it does not let in gets 401, not 403"
        module.note(
            Kind.changed, what, node, "raise HTTPError(403) in it, where that is meant (docs/auth.md#your-own-check)"
        )
        for decorator in decorators:
            start = module.source.line_start(decorator.lineno)
            module.edits.append(
                Edit(start, module.source.line_start((decorator.end_lineno or decorator.lineno) + 1), "")
            )
        write_signature(module, node, (f"{argument}: {module.uses('Request')}",), f"{module.uses('Principal')} | None")
        write_body(module, node, (auth_rule(module, self.apps, argument), *self.rules))

    def _plain(self, node: FunctionNode) -> None:
        """Write a function that no trigger calls. One that reads the current request gets it as its first parameter."""
        use = RequestUse(self.module, self.apps, node, self.helpers, handed=self.handed)
        if node.name in self.handed:
            use.name = self.handed[node.name]
            use.own = frozenset({use.name})
        if node.name in self.asking:
            use.name = self.asking_name(node)
        elif node.name in self.helpers:
            use._find_aliases()
            if use.name == "current_request" or not use.aliases:
                use.name = "request" if "request" not in parameters_of(node) else "current_request"
            rest = self.module.source.segment_of_parameters(node)
            parameter = f"{use.name}: {self.module.uses('Request')}"
            start, _ = self.module.source.signature(node)
            self.module.edits.append(Edit(start + 1, start + 1, f"{parameter}{', ' if rest else ''}"))
            what = f"{node.name} reads the current request: it gets it as its first parameter"
            self.module.note(Kind.changed, what, node, "give it to calls in other modules, too")
        write_body(self.module, node, (use.rule, *self.rules))
        self._defaults(node)

    def asking_name(self, node: FunctionNode) -> str:
        """Return how a decorator finds the request: in the keyword arguments of the handler that it wraps."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.FunctionDef) and inner is not node and inner.args.kwarg:
                return f'{inner.args.kwarg.arg}["request"]'
        return "request"

    def _defaults(self, node: FunctionNode) -> None:
        rewriter = Rewriter(self.module.source, self.rules)
        parts = [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.decorator_list]
        self.module.edits += [edit for part in parts for edit in rewriter.edits(part)]

    def _rewrite(self, statement: ast.stmt) -> None:
        rewriter = Rewriter(self.module.source, self.rules)
        self.module.edits += rewriter.edits(statement)

    def _top(self, statement: ast.stmt) -> None:
        module = self.module
        if (
            statement in module.gone
            or statement is module.anchor
            or module.source.whole_lines(statement)[0] in self.done
        ):
            return
        if module.source.span(statement)[0] in self.done:
            return
        value = getattr(statement, "value", None)
        call = value if isinstance(value, ast.Call) else None
        if (call is not None and self.apps.attribute(call.func) == "register_blueprint") or (
            call is not None and self.apps.chalice_name(call.func) in ("Rate", "Cron")
        ):
            module.edits.append(Edit(*module.source.whole_lines(statement), ""))
        elif self._speaks_of_app(statement):
            self._comment(statement)
        else:
            self._rewrite(statement)

    def _speaks_of_app(self, statement: ast.stmt) -> bool:
        """Return whether a statement at the top uses an app, other than by its log."""
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return False
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id in self.apps.objects:
                parent = module_parent = self.module.source.parents.get(node)
                if not (isinstance(parent, ast.Attribute) and parent.attr == "log") or module_parent is None:
                    return True
        return False

    def _comment(self, statement: ast.stmt) -> None:
        module = self.module
        what = " ".join(module.source.segment(statement).split())
        what = what if len(what) <= 80 else f"{what[:77]}…"
        known = {
            "cors": "cors= stands at each route",
            "debug": "a client never gets a traceback; portable dev shows them",
        }
        instead = next(
            (text for key, text in known.items() if f".{key}" in what), "see docs/moving-in.md for what replaces it"
        )
        kind = Kind.changed if instead in known.values() else Kind.lost
        module.note(kind, what, statement, instead)
        start, end = module.source.whole_lines(statement)
        module.edits.append(Edit(start, end, f"{commented(module.source, statement, instead)}\n"))

    def _app_cors(self) -> str:
        for statement in self.module.source.tree.body:
            if isinstance(statement, ast.Assign) and self.apps.attribute(statement.targets[0]) == "api.cors":
                return cors_text(self.module, self.apps, statement.value, statement)
        return ""


def _check_triggers(node: FunctionNode, found: list[tuple[str, ast.Call | None, ast.expr]]) -> None:
    """Raise Gap for a function with triggers of several kinds."""
    if len(found) > 1 and {name for name, _, _ in found} != {"route"}:
        raise Gap(f"{node.name} has several triggers", "write one function for each trigger; they may call one another")
