"""Lists what Azure cannot do for an app, each problem with its place. Sources: docs/azure.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.problems import Said, of_functions, of_queues
from portable.tooling.target import Problem
from portable_azure.deploy.routes import UNKNOWN
from portable_azure.deploy.sources import queued, source

_LACKING = {
    "ordered": "a storage queue keeps no order; AWS and Google Cloud have ordered queues",
    "deduplicated": "a storage queue does not deduplicate; AWS does",
}
"""Abilities of a queue that storage queues lack, and who has them."""


def problems(app: AppModel, *, gateway: bool = False) -> list[Problem]:
    """Return the problems of an app on Azure. `gateway` says that API Management stands before its HTTP functions."""
    return [
        *of_functions(app.functions, _errors, _gaps),
        *_modules(app),
        *of_queues(app, _LACKING),
        *_backoffs(app),
        *_streams(app),
        *_domain(app, gateway),
        *of_functions(app.functions, lambda function: (), _site),
    ]


def _domain(app: AppModel, gateway: bool) -> Iterator[Problem]:
    """Yield a gap for a domain: its certificate must be somebody else's."""
    if app.domain and app.http():
        who = "API Management's consumption tier has no certificates of its own, so the domain waits for one"
        way = "give the id of a certificate in a Key Vault as the variable domain_certificate"
        if not gateway:
            who = (
                "App Service makes and renews no certificates for Flex Consumption, so the domain has no TLS of its own"
            )
            way = (
                "say gateway = true in [tool.portable.azure], put Front Door before the app, or give the thumbprint of a "
                "certificate as the variable domain_certificate"
            )
        yield Problem(f"domain = {app.domain!r}: {who}", error=False, key="domain", rule="domain", instead=way)


def _site(function: FunctionModel) -> Iterator[Said]:
    """Yield what a static website of a storage account does otherwise than the functions do, which serve the site too."""
    site = function.site
    if site is None or not site.cdn:
        return
    text = "cdn=True: the site is at the address of its storage account, which is another origin than that of the functions"
    way = "call the functions by the output url, and give them cors= for the output site.url; or leave cdn=True out"
    yield Said(text, way, "site")
    if site.fallback:
        text = f"cdn=True: a page that no file has, and a file that is missing, get {site.fallback} with status 404, not 200"
        yield Said(text, "leave it if only browsers open such pages: they show them", "site", note=True)


def _errors(function: FunctionModel) -> Iterator[Said]:
    if function.name == UNKNOWN:
        yield Said("this name is that of portable's function for unknown paths", "rename it with name=", "name")


def _gaps(function: FunctionModel) -> Iterator[Said]:
    kind = function.trigger["kind"]
    if kind == "schedule" and function.dead_letter:
        text = "a schedule has no dead letters on Azure: a failed run is only logged"
        yield Said(text, "let the schedule send a message to a queue, whose function has dead letters")
    if kind == "object" and function.backoff is not None and not queued(function):
        text = f"backoff={function.backoff:g} is not kept: Event Grid has waits of its own"
        yield Said(text, "say dead_letter=True, which takes a queue, or leave backoff= out", "backoff")


def _modules(app: AppModel) -> list[Problem]:
    """Return the modules that cannot be imported: the worker searches Python's libraries first."""
    names = {module.partition(".")[0] for module in app.modules}
    return [
        Problem(
            f"the module {name} cannot be imported on Azure, because Python has a module with this name",
            app.module_place(name),
            error=False,
            rule="name",
            instead="rename it",
        )
        for name in sorted(names & sys.stdlib_module_names)
    ]


def _streams(app: AppModel) -> list[Problem]:
    """Return conflicts of streams: host.json has one batch, window and start of event hubs for a whole app."""
    streams = [function for function in app.functions if source(function) == "stream"]
    found = []
    for name, error in (("batch", False), ("window", False), ("start", True)):
        declared = sorted({function.trigger[name] for function in streams})
        if len(declared) > 1:
            what = f": {declared[0]!r}, the smallest, is used for all" if not error else ""
            text = f"the functions of an app share one records({name}=…) on Azure{what}"
            way = "declare the same for all, or make two apps"
            found.append(Problem(text, streams[0].where, error=error, rule="shared", instead=way))
    return found


def _backoffs(app: AppModel) -> list[Problem]:
    """Return a note if functions ask for different waits: host.json has one for all queues of an app."""
    waits = {function.backoff: function for function in app.functions if queued(function)}
    if len(waits) < 2:
        return []
    longest = max(waits, key=lambda wait: wait or 0)
    text = f"the functions of an app share one backoff on Azure: {longest:g} s, the longest one, is used for all"
    way = "declare the same for all, or make two apps"
    return [Problem(text, waits[longest].where, error=False, rule="shared", instead=way)]
