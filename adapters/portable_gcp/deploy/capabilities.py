"""Lists what Google Cloud cannot do for an app, each problem with its place. Sources: docs/gcp.md."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.problems import Said, of_functions, of_queues
from portable.tooling.rules.sites import one_address
from portable.tooling.target import Problem

_LACKING = {
    "delayed": "Pub/Sub delays no message; AWS and Azure have delayed queues",
    "deduplicated": "Pub/Sub does not deduplicate by an id of the sender; AWS does",
}
"""Abilities of a queue that Pub/Sub lacks, and who has them."""


def problems(app: AppModel, isolated: frozenset[str] = frozenset()) -> list[Problem]:
    """Return the problems of an app; `isolated` are the HTTP functions with a service of their own."""
    shared = [function for function in app.http() if function.name not in isolated]
    return [
        *of_functions(app.functions, lambda function: (), _gaps),
        *of_functions(shared, lambda function: (), _unlimited),
        *of_queues(app, _LACKING),
        *_pulled(app),
        *_one_database(app),
        *_sites(app),
    ]


def _unlimited(function: FunctionModel) -> Iterator[Said]:
    if function.concurrency is not None:
        text = f"concurrency={function.concurrency} is not kept: the HTTP functions share one service"
        yield Said(text, f'name it in [tool.portable.gcp] isolate = ["{function.name}"]', "concurrency")


def _pulled(app: AppModel) -> Iterator[Problem]:
    """Yield a gap for each reader of a queue that pushes to a function."""
    pushed = {function.trigger["queue"] for function in app.functions if function.trigger["kind"] == "queue"}
    for function in app.functions:
        for grant in function.grants:
            if grant.kind == "queue" and grant.resource in pushed and "peek" in grant.actions:
                text = (
                    f'peek and redrive of the queue "{grant.resource}" fail: Pub/Sub pushes its messages to a function'
                )
                yield Problem(
                    f"{function.name}: {text}, and then nobody can pull them",
                    function.where,
                    error=False,
                    instead="read a queue that no function takes from",
                )


def _one_database(app: AppModel) -> Iterator[Problem]:
    """Yield a gap for an app of several tables: permissions in Firestore are for a whole database."""
    tables = [resource.name for resource in app.resources if resource.kind == "table"]
    if len(tables) > 1:
        users = (function.where for function in app.functions for grant in function.grants if grant.kind == "table")
        yield Problem(
            f"the tables {', '.join(tables)} are in one Firestore database, and permissions are for a whole database: "
            "a function that may read or write one of them may do so with all",
            next(users, None),
            error=False,
            rule="permissions",
            instead="make two apps of functions that must not see each other's tables",
        )


def _sites(app: AppModel) -> Iterator[Problem]:
    """Yield what the load balancer cannot do for a site, which is there only with a domain."""
    for function in app.functions:
        site = function.site
        if site is None or not site.cdn:
            continue
        if not app.domain:
            yield Problem(
                f"{function.name}: cdn=True is not kept without a domain: a load balancer has no name of its own, and no certificate "
                "without one. The functions serve the site, from the package",
                function.where,
                error=False,
                rule="site",
                instead='say [tool.portable.http] domain = "www.example.com", or leave cdn=True out',
            )
            continue
        yield from one_address(app, function, site, "the load balancer")
        if site.fallback:
            text = f"{function.name}: a missing file with a dot in its name gets {site.fallback} with status 200, not a 404, unless it is below a folder that immutable= names"
            yield Problem(text, function.where, error=False, rule="site", instead="name the folders", note=True)


def _gaps(function: FunctionModel) -> Iterator[Said]:
    trigger, kind = function.trigger, function.trigger["kind"]
    if kind == "queue" and trigger["batch"] > 1:
        text = f"batch={trigger['batch']} has no effect: Pub/Sub pushes one message at a time"
        yield Said(text, "leave it, it costs nothing", "batch", note=True)
    if kind == "stream" and trigger["start"] == "oldest":
        text = 'records(start="oldest") has no effect: Pub/Sub keeps no records from before the subscription was made'
        yield Said(text, "deploy the function before the first record is written", "start")
    if kind == "stream" and takes_batch(function):
        text = "the list of records always has one record: Pub/Sub pushes one at a time"
        yield Said(text, "take a Record, or leave the list: it is right with one record, too", "batch", note=True)
    if function.backoff is not None and kind != "http":
        keeper = "Cloud Scheduler job" if kind == "schedule" else "Pub/Sub subscription"
        yield Said(
            f"backoff={function.backoff:g} is not kept at run time: it is the backoff of the {keeper}, which the "
            "infrastructure sets",
            "take it as the wait between two deliveries",
            "backoff",
            note=True,
        )
