"""Inputs and outputs of Azure -> clients of portable: `msg.set(x)` is `msg.send(x)`, `blob.set(x)` is `blob.put(key, x)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from portable.tooling.adopt.azure.apps import Decorator
from portable.tooling.adopt.azure.host import Host
from portable.tooling.adopt.azure.triggers import Trigger, named
from portable.tooling.adopt.gaps import Gap
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted
from portable.tooling.adopt.replies import Shape, shape_of
from portable.tooling.adopt.rewriting import Rewriter, Rule, commented
from portable.tooling.adopt.source import FunctionNode
from portable.tooling.adopt.values import Kind

OUTPUTS = {
    "queue_output": ("Queue", "queue_name", "QueueSender", "send"),
    "service_bus_queue_output": ("Queue", "queue_name", "QueueSender", "send"),
    "service_bus_topic_output": ("Topic", "topic_name", "TopicPublisher", "publish"),
    "event_hub_output": ("Stream", "event_hub_name", "StreamWriter", "send"),
}
ELSEWHERE = {
    "cosmos_db": "a Table with TableReader or TableWriter (docs/tables.md)",
    "table": "a Table with TableReader or TableWriter (docs/tables.md)",
    "event_grid": "a Topic with TopicPublisher (docs/queues.md)",
}
NO_CLIENT = "portable has no client for it: call the service's own SDK"


@dataclass(frozen=True, slots=True)
class Bound:
    """What bindings become: further parameters, rules for their uses, and parameters of the source that vanish."""

    parameters: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    gone: frozenset[str] = frozenset()


def bindings_of(
    module: Module,
    node: FunctionNode,
    decorators: list[Decorator],
    host: Host,
    trigger: Trigger | None,
    event: str,
    path: Mapping[str, str],
) -> Bound:
    """Return what the inputs and outputs of a function become. Raises Gap for an input that has no counterpart."""
    parameters: list[str] = []
    rules: list[Rule] = []
    gone = set()
    waits = isinstance(node, ast.AsyncFunctionDef)
    for decorator in decorators:
        if not decorator.name.endswith(("_output", "_input", "_binding")):
            continue
        argument = decorator.text("arg_name")
        gone.add(argument)
        if argument == "$return":
            what = f"{decorator.name} of {node.name}: what it returns is sent nowhere"
            module.note(
                Kind.lost,
                what,
                decorator.node,
                f"give it a client, and send what it returned: {_instead(decorator.name)}",
            )
            continue
        if decorator.name in OUTPUTS:
            kind, name, client, method = OUTPUTS[decorator.name]
            resource = module.resource(kind, named(module, decorator, name, host), decorator.node)
            parameters.append(_client(module, argument, f"{'Async' if waits else ''}{client}", resource))
            rules.append(_set_rule(module, argument, client, method, waits))
        elif decorator.name in ("blob_output", "blob_input"):
            container, _, pattern = named(module, decorator, "path", host).partition("/")
            bucket = module.resource("Bucket", container, decorator.node)
            key = _key(module, pattern, trigger, event, path, decorator)
            is_output = decorator.name == "blob_output"
            client = f"{'Async' if waits else ''}{'BucketWriter' if is_output else 'BucketReader'}"
            parameters.append(_client(module, argument, client, bucket))
            rules.append(_blob_rule(module, node, argument, key, waits, is_output))
        elif decorator.name.endswith("_output"):
            what = f"{decorator.name} of {node.name}: nothing is written"
            module.note(Kind.lost, what, decorator.node, _instead(decorator.name))
            rules.append(_comment_rule(argument, f"{decorator.name} has no counterpart: {_instead(decorator.name)}"))
        else:
            raise Gap(f"@{decorator.owner}.{decorator.name} of {node.name}", _instead(decorator.name))
    return Bound(tuple(parameters), tuple(rules), frozenset(gone))


def _instead(name: str) -> str:
    return next((text for key, text in ELSEWHERE.items() if name.startswith(key)), NO_CLIENT)


def _client(module: Module, argument: str, client: str, resource: str) -> str:
    return f"{argument}: {module.imports('typing', 'Annotated')}[{module.uses(client)}, {resource}]"


def _set_rule(module: Module, argument: str, client: str, method: str, waits: bool) -> Rule:
    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        value = _set_value(node, argument)
        if value is None:
            return None
        many = isinstance(value, ast.List | ast.ListComp)
        called = "send_many" if many and method == "send" else method
        if not many and shape_of(module.source, value) is Shape.json and isinstance(value, ast.Name):
            what = f"{argument}.set({value.id}): a list was one message for each item; here it is one message"
            module.note(Kind.changed, what, node, f"{argument}.send_many({value.id}), if it is a list of messages")
        key = ""
        if client == "StreamWriter":
            what = (
                f"{argument}: records of a stream have a key, and those of one key stay in order; here each has its own"
            )
            module.note(Kind.changed, what, node, "give what belongs together one key (docs/streams.md)")
            key = f", key=str({module.imports('uuid', 'uuid4')}())"
        if many and client == "StreamWriter":
            return f"[{'await ' if waits else ''}{argument}.send(event{key}) for event in {rewriter.text(value)}]"
        return f"{'await ' if waits else ''}{argument}.{called}({rewriter.text(value)}{key})"

    return rule


def _set_value(node: ast.AST, argument: str) -> ast.expr | None:
    if (
        isinstance(node, ast.Call)
        and dotted(node.func) == f"{argument}.set"
        and len(node.args) == 1
        and not node.keywords
    ):
        return node.args[0]
    return None


def _comment_rule(argument: str, why: str) -> Rule:
    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        if isinstance(node, ast.Expr | ast.Assign) and any(
            isinstance(item, ast.Name) and item.id == argument for item in ast.walk(node)
        ):
            return commented(rewriter.source, node, why)
        return None

    return rule


def _blob_rule(module: Module, function: FunctionNode, argument: str, key: str, waits: bool, is_output: bool) -> Rule:
    annotation = next(
        (ast.unparse(item.annotation) for item in function.args.args if item.arg == argument and item.annotation), ""
    )
    wait = "await " if waits else ""
    got = f"({wait}{argument}.get({key}))" if waits else f"{argument}.get({key})"

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        value = _set_value(node, argument) if is_output else None
        if value is not None:
            text = rewriter.text(value)
            if "str" in annotation or shape_of(module.source, value) in (Shape.text, Shape.dumped):
                text = (
                    f"{text}.encode()"
                    if isinstance(value, ast.Name | ast.Call | ast.Constant | ast.Attribute)
                    else f"({text}).encode()"
                )
            return f"{wait}{argument}.put({key}, {text})"
        if is_output:
            return None
        if (
            isinstance(node, ast.Call)
            and dotted(node.func) in (f"{argument}.read", f"{argument}.readall")
            and not node.args
        ):
            return got
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == argument:
            parent = rewriter.source.parents.get(node)
            if annotation not in ("str", "bytes") and not (
                isinstance(parent, ast.Call) and parent.func is node and annotation
            ):
                module.note(
                    Kind.lost,
                    f"{argument}.{node.attr} of the blob has no counterpart",
                    node,
                    f"{argument}.head({key}) tells what is known",
                )
                rewriter.remark(f"see {argument}.head({key})")
                return None
        if (
            isinstance(node, ast.Name)
            and node.id == argument
            and isinstance(node.ctx, ast.Load)
            and annotation in ("str", "bytes")
        ):
            return f"{got}.decode()" if annotation == "str" else got
        return None

    return rule


def _key(
    module: Module, pattern: str, trigger: Trigger | None, event: str, path: Mapping[str, str], decorator: Decorator
) -> str:
    """Return the expression of a blob's key: a text whose binding expressions are filled in. Raises Gap."""
    parts = re.split(r"\{([^{}]+)\}", pattern)
    if len(parts) == 1:
        return f'"{pattern}"'
    filled = []
    for number, part in enumerate(parts):
        if number % 2 == 0:
            filled.append(part)
            continue
        filled.append(f"{{{_expression(module, part, trigger, event, path, decorator)}}}")
    text = "".join(filled)
    plain = len(parts) == 3 and parts[0] == parts[2] == "" and not filled[1].startswith("{uuid4")
    return text[1:-1] if plain else f'f"{text}"'


def _expression(
    module: Module, part: str, trigger: Trigger | None, event: str, path: Mapping[str, str], decorator: Decorator
) -> str:
    if part in path:
        return path[part]
    if part.startswith("rand-guid"):
        return f"{module.imports('uuid', 'uuid4')}()"
    if part.startswith("DateTime"):
        return f"{module.imports('datetime', 'datetime')}.now({module.imports('datetime', 'UTC')}).isoformat()"
    if part == "queueTrigger" and trigger and trigger.what == "Message":
        return f"{event}.payload" if "[str]" in trigger.annotation else f"{event}.payload.decode()"
    captured = re.findall(r"\{([^{}]+)\}", trigger.pattern) if trigger else []
    if trigger and trigger.pattern and captured == [part]:
        before, _, rest = trigger.pattern.partition("{")
        after = rest.rpartition("}")[2]
        cut = f".removeprefix('{before}')" if before else ""
        return f"{event}.key{cut}" + (f".removesuffix('{after}')" if after else "")
    raise Gap(
        f"the binding expression {{{part}}} in {decorator.name}",
        "make the key in the function, from what is in the event",
    )


def read_rule(event: str, got: str) -> Rule:
    """Return the rule that reads the object of an event by `got`."""

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        if isinstance(node, ast.Call) and dotted(node.func) in (f"{event}.read", f"{event}.readall"):
            return got
        return None

    return rule
