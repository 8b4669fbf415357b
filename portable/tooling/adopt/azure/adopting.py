"""The modules of an Azure Functions app -> those of portable."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from portable.tooling.adopt.azure.apps import Apps, Decorator, decorators_of, read_apps
from portable.tooling.adopt.azure.bindings import bindings_of, read_rule
from portable.tooling.adopt.azure.host import HOST, LOCAL, OWN, Host, read_host
from portable.tooling.adopt.azure.mounted import mount
from portable.tooling.adopt.azure.requests import RequestUse, request_text
from portable.tooling.adopt.azure.routes import WITH_BODY, level_of, route_of, trigger_text
from portable.tooling.adopt.azure.rules import azure_rule, context_rule
from portable.tooling.adopt.azure.triggers import retry_options, trigger_of
from portable.tooling.adopt.events import event_rule
from portable.tooling.adopt.folder import Folder, is_test, module_name
from portable.tooling.adopt.gaps import Gap, leave_out, needs_framework
from portable.tooling.adopt.handlers import Handler, further, write_handler
from portable.tooling.adopt.imports import written
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted, parameters_of
from portable.tooling.adopt.rewriting import Rewriter, Rule, commented, without_rule
from portable.tooling.adopt.source import Edit, FunctionNode, Source
from portable.tooling.adopt.values import Kind
from portable.tooling.adopt.written import Written

NOT_LITERAL = "write @function(http.get(…)) by hand, one function for each method (docs/http.md#routes)"


def adopt_azure(folder: Folder) -> Written:
    """Return what an app of Azure Functions v2 becomes."""
    sources = {path: source for path, source in folder.sources.items() if not is_test(path)}
    known = {name for source in sources.values() for name in read_apps(source, set()).objects}
    apps = {path: read_apps(source, known) for path, source in sources.items()}
    apps = {path: found for path, found in apps.items() if found.objects or found.statements}
    host = read_host(folder.text(HOST), folder.text(LOCAL))
    levels = [
        level_of(
            (call.keywords and next((item.value for item in call.keywords if item.arg == "http_auth_level"), None))
            or None,
            "",
        )
        for found in apps.values()
        for call in found.made.values()
    ]
    level = next((found for found in levels if found), "FUNCTION")
    names: set[str] = set()
    modules = {
        path: _Statements(sources[path], found, host, level, names, folder.local).written()
        for path, found in apps.items()
    }
    return Written(
        "Azure Functions",
        {path: written(module) for path, module in modules.items()},
        {module_name(path): module.carried for path, module in modules.items() if module.carried},
        [*host.notes, *(note for module in modules.values() for note in module.notes)],
        distributions=frozenset({"azure-functions", "azure-functions-durable"}),
        variables=frozenset(set(host.settings) - OWN),
        left_out=frozenset({HOST, LOCAL, ".funcignore"}),
    )


@dataclass
class _Statements:
    """Writes the statements of one module."""

    source: Source
    apps: Apps
    host: Host
    level: str
    names: set[str]
    local: frozenset[str]

    def __post_init__(self) -> None:
        made = [statement for statement in self.apps.objects.values() if statement is not None]
        self.module = Module(
            self.source,
            gone=[item for item in self.apps.statements if item in self.source.tree.body],
            anchor=min(made, key=lambda item: item.lineno) if made else None,
            framework_names=self.apps.names - set(self.apps.objects),
            function_names=self.names,
            local=self.local,
        )
        self.others = [statement for statement in made if statement is not self.module.anchor]
        self.rules: tuple[Rule, ...] = (without_rule(self.apps.statements), azure_rule(self.module, self.apps))

    def written(self) -> Module:
        """Return the module with the edits of all statements."""
        for name, call in self.apps.made.items():
            mount(self.module, self.apps, name, call)
        for statement in self.source.tree.body:
            if statement in self.module.gone or statement is self.module.anchor:
                continue
            if statement in self.others:
                self.module.edits.append(Edit(*self.source.whole_lines(statement), ""))
            elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self._function(statement)
            elif isinstance(statement, ast.Import | ast.ImportFrom) or (
                isinstance(statement, ast.ClassDef) and not needs_framework(statement, self.apps.names)
            ):
                self._rewrite(statement)
            else:
                self._top(statement)
        return self.module

    def _function(self, node: FunctionNode) -> None:
        found = decorators_of(self.apps, node)
        if not found:
            self._plain(node)
            return
        nodes = tuple(decorator.node for decorator in found)
        try:
            handler = self._handler(node, found)
        except Gap as gap:
            self.module.note(Kind.lost, gap.what, node, gap.instead)
            leave_out(self.module, node, nodes, gap.instead, self.apps.names, self.rules)
            return
        write_handler(self.module, handler)

    def _handler(self, node: FunctionNode, found: list[Decorator]) -> Handler:
        triggers = [
            item
            for item in found
            if item.name == "route" or item.name == "schedule" or item.name.endswith(("_trigger", "_trigger_v3"))
        ]
        name = (
            next((item.text("name") or item.text("arg_name") for item in found if item.name == "function_name"), "")
            or node.name
        )
        if len(triggers) != 1:
            what = f"{node.name} has {len(triggers) or 'no'} trigger{'s' if triggers else ''} that is known: {', '.join(item.name for item in found)}"
            raise Gap(what, "write @function(…) by hand (docs/functions.md)")
        known = {"route", "schedule", "function_name", "retry"}
        for item in found:
            if item.name not in known and not item.name.endswith(
                ("_trigger", "_trigger_v3", "_output", "_input", "_binding")
            ):
                self.module.note(
                    Kind.lost,
                    f"@{item.owner}.{item.name} of {node.name}",
                    item.node,
                    "see docs/functions.md for options of @function",
                )
        (trigger,) = triggers
        if trigger.name == "route":
            return self._http(node, found, trigger, name)
        return self._event(node, found, trigger, name)

    def _common(self, node: FunctionNode) -> tuple[list[str], tuple[Rule, ...]]:
        """Return the parameter and the rule of the context, if the function has one."""
        for item in (*node.args.args, *node.args.kwonlyargs):
            kind = self.apps.azure_name(item.annotation)
            if kind == "Context" or (item.arg == "context" and item.annotation is None):
                return [f"{item.arg}: {self.module.uses('Context')}"], (context_rule(self.module, item.arg),)
        return [], ()

    def _http(self, node: FunctionNode, found: list[Decorator], decorator: Decorator, name: str) -> Handler:
        module = self.module
        route = route_of(module, decorator, name, self.host.prefix, self.level)
        if route is None:
            raise Gap(f"the route of {node.name}: its path or its methods are no literals", NOT_LITERAL)
        self._check_types(node, decorator.text("trigger_arg_name") or "req")
        context, rules = self._common(node)
        request = decorator.text("trigger_arg_name") or "req"
        verbs = route.methods or ("any",)
        use = RequestUse(module, node, request)
        use.read(
            len(verbs) == 1 and verbs[0] in WITH_BODY and len(route.paths) == 1,
            list(route.parameters),
            len(route.paths) == 1,
        )
        path = {item: item if item in use.path else f"{request}.path_params[{item!r}]" for item in route.parameters}
        bound = bindings_of(module, node, found, self.host, None, request, path)
        _check_parameters(node, {request, *bound.gone, *route.parameters, *_names(context)})
        use.needs_request = use.needs_request or (any(request in text for text in path.values()) and bool(bound.rules))
        taken = [f"{item}: str" for item in parameters_of(node) if item in route.parameters and item not in use.path]
        options = self._options({}, found)
        triggers = [
            (verb, text, trigger_text(module, verb, text, route.options)) for text in route.paths for verb in verbs
        ]
        handler = Handler(
            node,
            tuple(item.node for item in found),
            triggers[0][2],
            (*taken, *use.parameters(), *bound.parameters, *context),
            self._returns(node),
            (use.rule, *bound.rules, *rules, *self.rules),
            options,
            name,
        )
        return replace(handler, also=tuple(further(module, handler, *each) for each in triggers[1:]))

    def _check_types(self, node: FunctionNode, request: str) -> None:
        """Raise Gap for a request or a response of other types than those of azure.functions, such as those of its streams."""
        argument = next((item.annotation for item in node.args.args if item.arg == request), None)
        for annotation in (argument, node.returns):
            name = dotted(annotation)
            known = self.apps.azure_name(annotation)
            if known and name.partition(".")[0] in self.apps.extensions:
                instead = "write it over Request and Response, a stream by Response.stream (docs/replies.md)"
                raise Gap(f"the type {name} of {node.name} is one of azurefunctions.extensions", instead)

    def _returns(self, node: FunctionNode) -> str | None:
        return None if node.returns is None else Rewriter(self.source, self.rules).text(node.returns)

    def _options(self, options: dict[str, str], found: list[Decorator]) -> dict[str, str]:
        if self.host.timeout is not None:
            options["timeout"] = str(self.host.timeout)
        return options | retry_options(self.module, found, self.host)

    def _event(self, node: FunctionNode, found: list[Decorator], decorator: Decorator, name: str) -> Handler:
        module = self.module
        trigger = trigger_of(module, decorator, node, self.host)
        event = decorator.text("arg_name")
        context, rules = self._common(node)
        bound = bindings_of(module, node, found, self.host, trigger, event, {})
        _check_parameters(node, {event, *bound.gone, *_names(context)})
        if event not in parameters_of(node):
            raise Gap(f"{node.name} has no parameter {event!r} for its event", "write the function by hand")
        parameters = [f"{event}: {trigger.annotation}"]
        extra: tuple[Rule, ...] = ()
        if trigger.what == "StoredObject":
            reads = [
                item
                for item in ast.walk(node)
                if isinstance(item, ast.Call) and dotted(item.func) in (f"{event}.read", f"{event}.readall")
            ]
            if reads:
                waits = isinstance(node, ast.AsyncFunctionDef)
                client = module.uses("AsyncBucketReader" if waits else "BucketReader")
                parameters.append(f"store: {module.imports('typing', 'Annotated')}[{client}, {trigger.resource}]")
                got = f"store.get({event}.key)"
                extra = (read_rule(event, f"(await {got})" if waits else got),)
        rule = event_rule(module, node, event, trigger.names, trigger.what, batch=trigger.batch, bare=trigger.bare)
        return Handler(
            node,
            tuple(item.node for item in found),
            trigger.text,
            (*parameters, *bound.parameters, *context),
            self._returns(node),
            (*extra, rule, *bound.rules, *rules, *self.rules),
            self._options({}, found),
            name,
        )

    def _plain(self, node: FunctionNode) -> None:
        """Write a function that no trigger calls; its parameters of Azure's types get those of portable."""
        requests = [item.arg for item in node.args.args if self.apps.azure_name(item.annotation) == "HttpRequest"]

        def rule(inner: ast.AST, rewriter: Rewriter) -> str | None:
            return next((text for name in requests if (text := request_text(self.module, name, inner, rewriter))), None)

        rewriter = Rewriter(self.source, (rule, *self.rules))
        self.module.edits += rewriter.edits(node)

    def _rewrite(self, statement: ast.stmt) -> None:
        self.module.edits += Rewriter(self.source, self.rules).edits(statement)

    def _top(self, statement: ast.stmt) -> None:
        value = getattr(statement, "value", None)
        called = self.apps.attribute(value.func) if isinstance(value, ast.Call) else ""
        speaks = any(isinstance(item, ast.Name) and item.id in self.apps.names for item in ast.walk(statement))
        if called in ("register_functions", "register_blueprint"):
            self.module.edits.append(Edit(*self.source.whole_lines(statement), ""))
        elif speaks:
            text = " ".join(self.source.segment(statement).split())
            self.module.note(
                Kind.lost,
                text if len(text) <= 80 else f"{text[:77]}…",
                statement,
                "see docs/moving-in.md for what replaces it",
            )
            start, end = self.source.whole_lines(statement)
            why = "this has no counterpart (docs/moving-in.md)"
            self.module.edits.append(Edit(start, end, f"{commented(self.source, statement, why)}\n"))
        else:
            self._rewrite(statement)


def _names(parameters: list[str]) -> list[str]:
    return [text.partition(":")[0] for text in parameters]


def _check_parameters(node: FunctionNode, known: set[str]) -> None:
    """Raise Gap for a parameter that no trigger and no binding gives."""
    rest = [item for item in parameters_of(node) if item not in known]
    if rest:
        raise Gap(
            f"the parameters {', '.join(rest)} of {node.name} are no binding that is known",
            "write the function by hand",
        )
