"""The planted faults: which line of which app becomes which, and what of the kit's ordinary use must find it."""

from __future__ import annotations

from dataclasses import dataclass

from mutants import bodies

CHAOS, HTTP, WIRES, CLOUD = "chaos", "http", "wires", "cloud"


@dataclass(frozen=True)
class Mutant:
    """Each (old, new) of `changes` is made in an app. By chaos or wires: the plain run does not see it; cloud: it does."""

    name: str
    app: str
    changes: tuple[tuple[str, str], ...]
    body: bodies.Body
    found_by: str


CORRECT = [
    ("orders", bodies.orders_are_booked),
    ("orders", bodies.poison_is_put_aside),
    ("orders", bodies.an_account_is_opened),
    ("orders", bodies.a_member_joins),
    ("files", bodies.the_catalogue_follows),
    ("files", bodies.names_may_hold_anything),
    ("files", bodies.what_is_sent_comes_back),
    ("files", bodies.a_rename_keeps_the_file),
    ("files", bodies.a_report_is_of_its_day),
    ("payments", bodies.payments_are_booked_once),
    ("payments", bodies.the_newest_step_wins),
    ("patient", bodies.a_child_waits_for_its_parent),
    ("patient", bodies.a_task_is_done_under_its_lease),
]

SUM = 'sums.put({"customer": order.customer, "id": order.id, "amount": order.amount})'
ROW = '    rows.put({"id": order.id, "booked": True, "caller": message.attributes["caller"]}, if_absent=True)'
SENT = '    out.send({"order": order.id})'
HEADER = 'request.headers.get("X-Caller")'
PLACE = ("def place(request: Request,", "def place(request: Request, context: Context,")
DELETED = ("def deleted(found: StoredObject,", "def deleted(context: Context, found: StoredObject,")

MUTANTS = [
    Mutant(
        "a sum that is added to",
        "orders",
        ((SUM, 'sums.update(order.customer, "all", add={"amount": order.amount})'),),
        bodies.orders_are_booked,
        CHAOS,
    ),
    Mutant(
        "a step that is only done at the first attempt",
        "orders",
        ((SENT, f"    if message.attempt == 1:\n    {SENT}"),),
        bodies.orders_are_booked,
        CHAOS,
    ),
    Mutant(
        "a mark that is set before the work is done",
        "orders",
        (
            (
                "    sums.put(",
                f"    try:\n    {ROW}\n    except Conflict:\n        return\n    sums.put(",
            ),
        ),
        bodies.orders_are_booked,
        CHAOS,
    ),
    Mutant(
        "an error of a resource that is swallowed",
        "orders",
        ((SENT, f"    try:\n    {SENT}\n    except Exception:\n        pass"),),
        bodies.orders_are_booked,
        CHAOS,
    ),
    Mutant(
        "a conflict that is taken for a failure",
        "orders",
        ((SUM, f"{SUM[:-1]}, if_absent=True)"),),
        bodies.orders_are_booked,
        CHAOS,
    ),
    Mutant(
        "memory of the process that remembers too early",
        "orders",
        (
            ("    sums.put(", "    if message.id in _done:\n        return\n    _done.add(message.id)\n    sums.put("),
            ('incoming = Queue("incoming")', '_done: set[str] = set()\nincoming = Queue("incoming")'),
        ),
        bodies.orders_are_booked,
        CHAOS,
    ),
    Mutant(
        "a request that refuses to be repeated half done",
        "orders",
        (
            (
                '    rows.put({"id": name, "member": True})\n',
                '    try:\n        rows.put({"id": name, "member": True}, if_absent=True)\n'
                '    except Conflict:\n        return Response.json({"member": name}, status=201)\n',
            ),
        ),
        bodies.a_member_joins,
        HTTP,
    ),
    Mutant(
        "a created event that is believed",
        "files",
        (("info = bucket.head(found.key)", "info = found"), ("    if gone:", "    if False:")),
        bodies.the_catalogue_follows,
        CHAOS,
    ),
    Mutant(
        "a source that is deleted before the copy is there",
        "files",
        (
            (
                "        bucket.copy(source, target)\n        bucket.delete(source)",
                "        content = bucket.get(source)\n        bucket.delete(source)\n        bucket.put(target, content)",
            ),
        ),
        bodies.a_rename_keeps_the_file,
        CHAOS,
    ),
    Mutant(
        "a rename that cannot be repeated",
        "files",
        (
            (
                "    elif not bucket.exists(target):\n        raise NotFound(source)",
                '    else:\n        bucket.put(target, b"")',
            ),
        ),
        bodies.a_rename_keeps_the_file,
        CHAOS,
    ),
    Mutant(
        "a report of the day it is written on",
        "files",
        (("{tick.scheduled_at:%Y-%m-%d}", "{tick.fired_at:%Y-%m-%d}"),),
        bodies.a_report_is_of_its_day,
        CHAOS,
    ),
    Mutant(
        "the last step to come wins",
        "payments",
        (("condition=newer", "condition=None"),),
        bodies.the_newest_step_wins,
        CHAOS,
    ),
    Mutant(
        "an entry under a name of its own",
        "payments",
        (('"entry": message.id, "what"', '"entry": __import__("uuid").uuid4().hex, "what"'),),
        bodies.payments_are_booked_once,
        CHAOS,
    ),
    Mutant(
        "a permission that was lost",
        "files",
        (
            (
                "request: Request, bucket: Annotated[BucketWriter, files]",
                "request: Request, bucket: Annotated[BucketReader, files]",
            ),
        ),
        bodies.the_catalogue_follows,
        CLOUD,
    ),
    Mutant(
        "a header by its case",
        "orders",
        ((HEADER, 'dict(request.headers.items()).get("X-Caller")'),),
        bodies.orders_are_booked,
        CLOUD,
    ),
    Mutant(
        "a key that is decoded twice",
        "files",
        (("bucket.head(found.key)", 'bucket.head(__import__("urllib.parse").parse.unquote_plus(found.key))'),),
        bodies.names_may_hold_anything,
        CLOUD,
    ),
    Mutant(
        "a body that is taken for text",
        "files",
        (("request.body, content_type", 'request.body.decode("utf-8", "ignore").encode(), content_type'),),
        bodies.names_may_hold_anything,
        CLOUD,
    ),
    Mutant(
        "one cloud's event",
        "orders",
        (PLACE, (HEADER, '(context.native or ({"headers": {"x-caller": "web"}},))[0]["headers"]["x-caller"]')),
        bodies.orders_are_booked,
        WIRES,
    ),
    Mutant(
        "an attempt that every road is believed to count",
        "files",
        (
            DELETED,
            ("    if not bucket.exists(found.key):", "    if context.attempt >= 1 and not bucket.exists(found.key):"),
            ("BucketWriter,\n", "BucketWriter,\n    Context,\n"),
        ),
        bodies.the_catalogue_follows,
        WIRES,
    ),
    Mutant(
        "an id in the form of one host",
        "orders",
        (
            (
                "    order = message.payload\n",
                '    order = message.payload\n    int(context.request_id.removeprefix("call-"))\n',
            ),
        ),
        bodies.orders_are_booked,
        WIRES,
    ),
]
