"""Triggers of Chalice other than routes -> those of portable, with the attributes of their events."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from portable.tooling.adopt.chalice.apps import Apps, arguments
from portable.tooling.adopt.cron import NoSchedule, Schedule, aws_cron, aws_schedule, every
from portable.tooling.adopt.events import event_rule, loop_rule
from portable.tooling.adopt.gaps import Gap
from portable.tooling.adopt.handlers import Handler
from portable.tooling.adopt.lifting import quoted
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted, literal, parameters_of, text_of
from portable.tooling.adopt.rewriting import Rule
from portable.tooling.adopt.source import FunctionNode
from portable.tooling.adopt.values import Kind

MESSAGE = {"body": "payload", "message": "payload"}
RECORD = {"data": "payload", "partition_key": "key", "sequence_number": "sequence", "timestamp": "sent_at.timestamp()"}
OBJECT = {"bucket": "bucket", "key": "key"}
TICK = {"time": 'scheduled_at.strftime("%Y-%m-%dT%H:%M:%SZ")'}
GAPS = {
    "lambda_function": "a function that is called by its name has no trigger in portable: give it a route, a queue or a schedule",
    "on_dynamodb_record": "changes of a table have no trigger in portable: send a message to a Queue where the table is written",
    "on_cw_event": "events of EventBridge have no trigger in portable: let a rule send them to a queue, and use queue.messages()",
    "on_ws_connect": "WebSockets are a gap of portable: keep them in Chalice, or use http.asgi on a host that has them",
    "on_ws_message": "WebSockets are a gap of portable: keep them in Chalice, or use http.asgi on a host that has them",
    "on_ws_disconnect": "WebSockets are a gap of portable: keep them in Chalice, or use http.asgi on a host that has them",
    "middleware": "write it as @around, or as a guard in before=[…] (docs/sharing.md)",
}


def event_handler(
    module: Module, apps: Apps, node: FunctionNode, name: str, call: ast.Call | None, rules: tuple[Rule, ...]
) -> Handler:
    """Return the handler for a trigger that is no route. Raises Gap."""
    if name in GAPS:
        raise Gap(f"@app.{name} of {node.name}", GAPS[name])
    makers = {
        "schedule": _schedule,
        "on_s3_event": _object,
        "on_sqs_message": _queue,
        "on_sns_message": _topic,
        "on_kinesis_record": _stream,
    }
    if name not in makers:
        raise Gap(
            f"@app.{name} of {node.name}",
            "portable does not know this decorator: see docs/functions.md for its triggers",
        )
    if call is None or not parameters_of(node):
        raise Gap(f"@app.{name} of {node.name} is not called, or its function takes no event", "see docs/functions.md")
    return makers[name](module, apps, node, call, rules)


def _given_name(module: Module, node: ast.expr | None, kind: str, call: ast.Call) -> str:
    """Return the name of a queue, topic, … as the source gives it; a guess with a note where it is no literal."""
    text = text_of(node)
    if text is not None:
        return text.rpartition(":")[2].rpartition("/")[2] if text.startswith("arn:") else text
    if node is None:
        raise Gap(f"the {kind} of this trigger is not named", f"write the trigger by hand: {kind}.messages()")
    guess = (
        dotted(node).rpartition(".")[2] or next((text_of(item) for item in ast.walk(node) if text_of(item)), "") or kind
    ).lower()
    what = f"the {kind} is {module.source.segment(node)} in the source: it is called {guess!r} here"
    module.note(Kind.changed, what, call, "give it the name that you want; each stage has its own resources")
    return guess


def _schedule(module: Module, apps: Apps, node: FunctionNode, call: ast.Call, rules: tuple[Rule, ...]) -> Handler:
    value = arguments(call, "expression").get("expression")
    try:
        found = _expression(module, apps, value)
    except (NoSchedule, ValueError) as error:
        raise Gap(
            f"the schedule of {node.name}: {error}",
            "write schedule.cron(…) or schedule.every(…) by hand (docs/functions.md)",
        ) from None
    if found.changed:
        module.note(Kind.changed, f"{node.name}: {found.changed}", call, "nothing, if this is meant")
    event = parameters_of(node)[0]
    rule = event_rule(module, node, event, TICK, "Tick")
    return Handler(
        node,
        (),
        found.written(module.uses("schedule")),
        (f"{event}: {module.uses('Tick')}",),
        "None" if _returns_nothing(node) else None,
        (rule, *rules),
    )


def _expression(module: Module, apps: Apps, node: ast.expr | None) -> Schedule:
    if isinstance(node, ast.Name):
        assigned = [
            item.value
            for item in module.source.tree.body
            if isinstance(item, ast.Assign) and dotted(item.targets[0]) == node.id
        ]
        node = assigned[-1] if assigned else node
    if isinstance(node, ast.Call):
        kind = apps.chalice_name(node.func)
        if kind == "Rate":
            given = arguments(node, "value", "unit")
            unit = text_of(given.get("unit")) or dotted(given.get("unit")).rpartition(".")[2]
            return every(int(str(literal(given.get("value")))), unit.lower().rstrip("s") + "s")
        if kind == "Cron":
            names = ("minutes", "hours", "day_of_month", "month", "day_of_week", "year")
            given = arguments(node, *names)
            return aws_cron([str(literal(given.get(name))) for name in names])
    text = text_of(node)
    if text is None:
        raise NoSchedule("it is no literal")
    return aws_schedule(text)


def _object(module: Module, apps: Apps, node: FunctionNode, call: ast.Call, rules: tuple[Rule, ...]) -> Handler:
    given = arguments(call, "bucket", "events", "prefix", "suffix", "name")
    bucket = module.resource("Bucket", _given_name(module, given.get("bucket"), "bucket", call), call)
    try:
        events = literal(given["events"]) if "events" in given else ["s3:ObjectCreated:*"]
    except ValueError:
        events = None
    names = [str(item) for item in events] if isinstance(events, list | tuple) else []
    kinds = {("deleted" if "Removed" in item else "created" if "Created" in item else "") for item in names}
    if len(kinds) != 1 or "" in kinds:
        raise Gap(
            f"the events {names or 'that are no literal'} of {node.name}",
            "write one function for .created() and one for .deleted()",
        )
    (kind,) = kinds
    if any(not item.endswith(":*") for item in names):
        module.note(
            Kind.changed,
            f"{node.name} is called for every {kind} object, not only for {', '.join(names)}",
            call,
            "nothing, if this is meant",
        )
    parts = [f"{key}={quoted(text_of(given[key]) or '')}" for key in ("prefix", "suffix") if key in given]
    event = parameters_of(node)[0]
    rule = event_rule(module, node, event, OBJECT, "StoredObject")
    return _handler(
        module, node, f"{bucket}.{kind}({', '.join(parts)})", f"{event}: {module.uses('StoredObject')}", (rule, *rules)
    )


def _queue(module: Module, apps: Apps, node: FunctionNode, call: ast.Call, rules: tuple[Rule, ...]) -> Handler:
    given = arguments(
        call, "queue", "batch_size", "name", "queue_arn", "maximum_batching_window_in_seconds", "maximum_concurrency"
    )
    queue = module.resource(
        "Queue", _given_name(module, given.get("queue") or given.get("queue_arn"), "queue", call), call
    )
    parts = _numbers(given, {"batch": "batch_size", "window": "maximum_batching_window_in_seconds"})
    options = _numbers(given, {"concurrency": "maximum_concurrency"})
    what = f"{node.name} gets one message at a time: if it raises, only this message is redelivered, three times in all"
    module.note(
        Kind.changed,
        what,
        call,
        "@function(…, retry=Retry(attempts=…), dead_letter=True), where it should be other (docs/queues.md)",
    )
    message = module.uses("Message")
    annotation = f"{message}[str]"
    event = parameters_of(node)[0]
    return _batched(module, node, f"{queue}.messages({', '.join(parts)})", event, annotation, MESSAGE, rules, options)


def _topic(module: Module, apps: Apps, node: FunctionNode, call: ast.Call, rules: tuple[Rule, ...]) -> Handler:
    given = arguments(call, "topic", "name")
    topic = module.resource("Topic", _given_name(module, given.get("topic"), "topic", call), call)
    event = parameters_of(node)[0]
    rule = event_rule(module, node, event, MESSAGE, "Message")
    return _handler(module, node, f"{topic}.messages()", f"{event}: {module.uses('Message')}[str]", (rule, *rules))


def _stream(module: Module, apps: Apps, node: FunctionNode, call: ast.Call, rules: tuple[Rule, ...]) -> Handler:
    given = arguments(call, "stream", "batch_size", "starting_position", "name", "maximum_batching_window_in_seconds")
    stream = module.resource("Stream", _given_name(module, given.get("stream"), "stream", call), call)
    parts = _numbers(given, {"batch": "batch_size", "window": "maximum_batching_window_in_seconds"})
    if text_of(given.get("starting_position")) == "TRIM_HORIZON":
        parts.append('start="oldest"')
    event = parameters_of(node)[0]
    rule = event_rule(module, node, event, RECORD, "Record", batch=True)
    annotation = f"{event}: list[{module.uses('Record')}[bytes]]"
    return _handler(module, node, f"{stream}.records({', '.join(parts)})", annotation, (rule, *rules))


def _numbers(given: Mapping[str, ast.expr], names: Mapping[str, str]) -> list[str]:
    return [
        f"{name}={ast.unparse(given[there])}"
        for name, there in names.items()
        if isinstance(given.get(there), ast.Constant)
    ]


def _batched(
    module: Module,
    node: FunctionNode,
    trigger: str,
    event: str,
    annotation: str,
    names: Mapping[str, str],
    rules: tuple[Rule, ...],
    options: list[str],
) -> Handler:
    """Return the handler of a function that loops over the messages of a batch: it gets one of them."""
    loop, variable = loop_rule(module, node, event)
    rule = event_rule(module, node, event, names, "Message", batch=True, single=variable)
    given = dict(item.split("=", 1) for item in options)
    return Handler(
        node,
        (),
        trigger,
        (f"{variable or event}: {annotation}",),
        "None" if _returns_nothing(node) else None,
        (loop, rule, *rules),
        given,
    )


def _handler(module: Module, node: FunctionNode, trigger: str, parameter: str, rules: tuple[Rule, ...]) -> Handler:
    return Handler(node, (), trigger, (parameter,), "None" if _returns_nothing(node) else None, rules)


def _returns_nothing(node: FunctionNode) -> bool:
    return node.returns is None and not any(
        isinstance(item, ast.Return | ast.Yield) and item.value is not None for item in ast.walk(node)
    )
