"""Triggers of Azure other than routes -> those of portable, with the attributes of their events."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from portable.tooling.adopt.azure.apps import Decorator
from portable.tooling.adopt.azure.host import Host
from portable.tooling.adopt.cron import NoSchedule, ncrontab
from portable.tooling.adopt.gaps import Gap
from portable.tooling.adopt.lifting import quoted
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import text_of
from portable.tooling.adopt.source import FunctionNode
from portable.tooling.adopt.values import Kind

QUEUE = {
    "get_body()": "payload",
    "get_json()": "json.loads({}.payload)",
    "id": "id",
    "dequeue_count": "attempt",
    "insertion_time": "sent_at",
}
SERVICE_BUS = {
    "get_body()": "payload",
    "message_id": "id",
    "application_properties": "attributes",
    "user_properties": "attributes",
    "session_id": "group",
    "partition_key": "group",
    "delivery_count": "attempt",
    "enqueued_time_utc": "sent_at",
}
EVENT_HUB = {"get_body()": "payload", "partition_key": "key", "sequence_number": "sequence", "enqueued_time": "sent_at"}
BLOB = {"name": '({}.bucket + "/" + {}.key)', "length": "size"}
TIMER = {"past_due": "({}.fired_at - {}.scheduled_at).total_seconds() > 60"}
GAPS = {
    "event_grid_trigger": "for objects take bucket.created(); for events of your own a Topic with topic.messages() (docs/queues.md)",
    "cosmos_db_trigger": "changes of a table have no trigger in portable: send a message to a Queue where the table is written",
    "cosmos_db_trigger_v3": "changes of a table have no trigger in portable: send a message to a Queue where the table is written",
    "warm_up_trigger": "portable has no warm-up: a module is imported when its instance starts",
    "orchestration_trigger": "Durable Functions have no counterpart: steps are functions with a Queue between them, state is a Table",
    "activity_trigger": "Durable Functions have no counterpart: steps are functions with a Queue between them, state is a Table",
    "entity_trigger": "Durable Functions have no counterpart: steps are functions with a Queue between them, state is a Table",
}
ATTEMPTS = {"queue_trigger": 5, "service_bus_queue_trigger": 10, "service_bus_topic_trigger": 10, "blob_trigger": 5}
"""After how many attempts each trigger gives an event up and keeps it: maxDequeueCount, and the MaxDeliveryCount of new entities."""
ONCE = "a call that fails is tried three times in all; Azure calls the function once"
OTHERWISE = "portable has no such trigger: see docs/functions.md for those it has"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger as text, the annotation of its event, and what the attributes of the event become.

    `bare` stands for the event where the code takes it as a whole. `pattern` is the path of a blob below its container.
    """

    text: str
    annotation: str
    what: str
    names: dict[str, str]
    bare: str = "{}"
    batch: bool = False
    resource: str = ""
    pattern: str = ""


def trigger_of(module: Module, decorator: Decorator, node: FunctionNode, host: Host) -> Trigger:
    """Return what a trigger becomes. Raises Gap."""
    name = decorator.name
    if name in ("timer_trigger", "schedule"):
        return _timer(module, decorator, host)
    if name in ("queue_trigger", "service_bus_queue_trigger"):
        return _queue(module, decorator, node, host)
    if name == "service_bus_topic_trigger":
        topic = module.resource("Topic", named(module, decorator, "topic_name", host), decorator.node)
        _tell_service_bus(module, decorator)
        return _message(module, node, decorator, f"{topic}.messages()", SERVICE_BUS)
    if name == "event_hub_message_trigger":
        return _event_hub(module, decorator, node, host)
    if name == "blob_trigger":
        return _blob(module, decorator, host)
    raise Gap(f"@{decorator.owner}.{name} of {node.name}", GAPS.get(name, OTHERWISE))


def named(module: Module, decorator: Decorator, argument: str, host: Host) -> str:
    """Return the name of a queue, topic or container; an app setting "%name%" is looked up. Raises Gap."""
    text = text_of(decorator.arguments.get(argument))
    if text is None:
        found = decorator.arguments.get(argument)
        raise Gap(
            f"{argument} = {module.source.segment(found) if found is not None else None} is no literal",
            "declare the resource by hand",
        )
    if text.startswith("%") and text.endswith("%"):
        value = host.settings.get(text.strip("%"))
        if value is None:
            what = f"{argument} is the app setting {text}, whose value is not known: it is called like the setting"
            module.note(
                Kind.changed, what, decorator.node, "give it the name that you want; each stage has its own resources"
            )
            return text.strip("%")
        return value
    return text


def _timer(module: Module, decorator: Decorator, host: Host) -> Trigger:
    text = text_of(decorator.arguments.get("schedule"))
    if text is not None and text.startswith("%"):
        text = host.settings.get(text.strip("%"))
    if text is None:
        raise Gap("the schedule is no literal", 'write schedule.cron("0 3 * * *") by hand (docs/functions.md)')
    try:
        found = ncrontab(text)
    except NoSchedule as error:
        raise Gap(
            f"the schedule {text!r}: {error}", "write schedule.cron(…) or schedule.every(…) by hand (docs/functions.md)"
        ) from None
    if found.changed:
        module.note(
            Kind.changed, f"the schedule {text!r}: {found.changed}", decorator.node, "nothing, if this is meant"
        )
    run = decorator.arguments.get("run_on_startup")
    if isinstance(run, ast.Constant) and run.value is True:
        what = "run_on_startup=True: the function is not called when an instance starts"
        module.note(Kind.lost, what, decorator.node, "portable invoke, or a call at the top of the module")
    module.note(
        Kind.changed, ONCE, decorator.node, "retry=Retry(attempts=1), where once is meant (docs/functions.md#tries)"
    )
    zone = "" if host.timezone in ("UTC", "Etc/UTC") or " " in host.timezone else host.timezone
    return Trigger(found.written(module.uses("schedule"), zone), module.uses("Tick"), "Tick", TIMER)


def _annotation(node: FunctionNode, argument: str) -> str:
    found = next((item.annotation for item in (*node.args.args, *node.args.kwonlyargs) if item.arg == argument), None)
    return ast.unparse(found) if found is not None else ""


def _message(
    module: Module, node: FunctionNode, decorator: Decorator, trigger: str, names: dict[str, str], resource: str = ""
) -> Trigger:
    """Return the trigger of a message, whose parameter may be typed as text, bytes or a message."""
    kind = _annotation(node, decorator.text("arg_name"))
    inner = "str" if kind == "str" else "bytes"
    bare = "{}.payload" if kind in ("str", "bytes") else "{}"
    if (
        any(isinstance(item, ast.Attribute) and item.attr == "get_json" for item in ast.walk(node))
        and "get_json()" in names
    ):
        module.imports("json")
    return Trigger(trigger, f"{module.uses('Message')}[{inner}]", "Message", names, bare, resource=resource)


def _queue(module: Module, decorator: Decorator, node: FunctionNode, host: Host) -> Trigger:
    queue = module.resource("Queue", named(module, decorator, "queue_name", host), decorator.node)
    if decorator.name.startswith("service_bus"):
        _tell_service_bus(module, decorator)
        return _message(module, node, decorator, f"{queue}.messages()", SERVICE_BUS, queue)
    return _message(module, node, decorator, f"{queue}.messages()", QUEUE, queue)


def _tell_service_bus(module: Module, decorator: Decorator) -> None:
    what = "on Azure, queues of portable are storage queues and topics are Event Grid, not Service Bus: no sessions, no scheduled messages"
    module.note(
        Kind.changed,
        what,
        decorator.node,
        "send to the new resource, or let a rule of Service Bus forward the messages (docs/queues.md)",
    )


def _event_hub(module: Module, decorator: Decorator, node: FunctionNode, host: Host) -> Trigger:
    stream = module.resource("Stream", named(module, decorator, "event_hub_name", host), decorator.node)
    many = "many" in ast.unparse(decorator.arguments.get("cardinality", ast.Constant(""))).lower()
    record = f"{module.uses('Record')}[bytes]"
    kind = _annotation(node, decorator.text("arg_name"))
    if many or kind.lower().startswith(("list", "typing.list")):
        return Trigger(f"{stream}.records()", f"list[{record}]", "Record", EVENT_HUB, batch=True)
    bare = "{}.payload.decode()" if kind == "str" else "{}"
    return Trigger(f"{stream}.records()", record, "Record", EVENT_HUB, bare)


def _blob(module: Module, decorator: Decorator, host: Host) -> Trigger:
    path = named(module, decorator, "path", host)
    container, _, pattern = path.partition("/")
    bucket = module.resource("Bucket", container, decorator.node)
    before, brace, rest = pattern.partition("{")
    after = rest.rpartition("}")[2]
    parts = [f"prefix={quoted(before)}"] if before else []
    parts += [f"suffix={quoted(after)}"] if brace and after else []
    if brace and "{" in rest:
        what = f"the pattern {pattern!r} of the blob: portable knows a prefix and a suffix"
        module.note(Kind.changed, what, decorator.node, "compare the key in the function")
    return Trigger(
        f"{bucket}.created({', '.join(parts)})",
        module.uses("StoredObject"),
        "StoredObject",
        BLOB,
        resource=bucket,
        pattern=pattern,
    )


def retry_options(module: Module, decorators: list[Decorator], host: Host) -> dict[str, str]:
    """Return `retry=` as @app.retry, host.json or the host itself say, nothing where it is as portable does it."""
    for decorator in decorators:
        if decorator.name == "retry":
            most = decorator.arguments.get("max_retry_count")
            count = text_of(most) or (str(most.value) if isinstance(most, ast.Constant) else "")
            if count.isdigit() and int(count) < 100:
                return {"retry": f"{module.uses('Retry')}(attempts={int(count) + 1})"}
            what = f"@app.retry with {module.source.segment(decorator.node)}"
            module.note(Kind.lost, what, decorator.node, "say retry=Retry(attempts=…) (docs/functions.md#tries)")
    name = next((decorator.name for decorator in decorators if decorator.name in ATTEMPTS), "")
    if name:  # what the host does by itself
        attempts = (name == "queue_trigger" and host.attempts) or ATTEMPTS[name]
        return {"retry": f"{module.uses('Retry')}(attempts={attempts})", "dead_letter": "True"}
    return {}
