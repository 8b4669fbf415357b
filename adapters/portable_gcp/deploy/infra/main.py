"""A Blueprint and a stage -> the Terraform configuration of the app on Google Cloud."""

from __future__ import annotations

from typing import Any

from portable.tooling.infra.blueprint import Blueprint
from portable.tooling.infra.deploying import DATA_MAY_GO, DELETE_DATA
from portable.tooling.infra.domains import domain_rows
from portable.tooling.infra.places import outputs_document, variables_document
from portable.tooling.infra.stage import Stage
from portable.tooling.infra.terraform import Document, reference
from portable.tooling.infra.terraform_files import TerraformFiles
from portable_gcp.deploy.infra.access import access
from portable_gcp.deploy.infra.alerts import channel
from portable_gcp.deploy.infra.apis import apis
from portable_gcp.deploy.infra.buckets import bucket, storage_agent
from portable_gcp.deploy.infra.callers import callers
from portable_gcp.deploy.infra.domain import domain
from portable_gcp.deploy.infra.feeds import feeds
from portable_gcp.deploy.infra.logs import logs
from portable_gcp.deploy.infra.places import SHARED, GcpPlaces
from portable_gcp.deploy.infra.schedules import schedule
from portable_gcp.deploy.infra.secrets import secret
from portable_gcp.deploy.infra.services import code, service
from portable_gcp.deploy.infra.site import site
from portable_gcp.deploy.infra.tables import tables

PROVIDER = ">= 8.0, < 9.0"
"""The version whose argument lists the tests know."""
_VARIABLES: tuple[tuple[str, str, Any, str], ...] = (
    ("project", "string", None, "The project of everything; GOOGLE_PROJECT where it is not given."),
    ("region", "string", None, "The region of everything; GOOGLE_REGION where it is not given."),
    ("firestore_location", "string", None, "Where the database is, such as eur3; the region where it is not given."),
    ("build_service_account", "string", None, "Who builds the code; the project's own choice where it is not given."),
    ("log_retention_days", "number", 365, "How long logs are kept, in days."),
    ("alarm_email", "string", "", "Who is told of alarms; nobody where it is empty."),
    ("notification_channels", "list(string)", [], "Further notification channels that are told of alarms."),
    ("oldest_message_seconds", "number", 900, "The age of a waiting message above which there is an alarm."),
    ("max_instances", "number", 100, "The most instances of a function, where it declares no concurrency."),
    (DELETE_DATA, "bool", False, DATA_MAY_GO),
)


def infrastructure(blueprint: Blueprint, stage: Stage) -> TerraformFiles:
    """Return the configuration: everything the app declares, and nothing else."""
    places = GcpPlaces(blueprint, stage)
    main = Document()
    _settle(main, places)
    apis(main, places)
    code(main, places)
    channel(main, places)
    for found in places.services.values():
        service(main, places, found)
    callers(main, places)
    queues = feeds(main, places)
    for function in blueprint.functions:
        if function.trigger["kind"] == "schedule":
            schedule(main, places, function)
    storage_agent(main, places)
    tables(main, places)
    for resource in blueprint.resources:
        if resource.kind in _MAKE:
            _MAKE[resource.kind](main, places, resource.name)
    access(main, places)
    logs(main, places)
    rows = (*_VARIABLES, *domain_rows(places, proven=False))
    return TerraformFiles(main, variables_document(rows, places), _outputs(main, places, queues))


_MAKE = {"bucket": bucket, "secret": secret}
"""Queues, topics and streams come with their subscriptions, tables with their database, settings are variables."""


def _label(text: str) -> str:
    """Return a text as the value of a label may be: 63 lower-case letters, digits, - and _ (Google Cloud "labels")."""
    return "".join(one if one.isascii() and one.isalnum() else "-" for one in text.lower())[:63]


def _settle(document: Document, places: GcpPlaces) -> None:
    """Add what every configuration has: versions, the provider with its labels, and the names of this project."""
    labels = {"app": places.stage.app, "stage": places.stage.name, "version": _label(places.blueprint.release())}
    document.provider(
        "google",
        PROVIDER,
        project=reference("var.project"),
        region=reference("var.region"),
        default_labels=reference("local.labels"),
    )
    document.data("google_project", "here")
    document.data("google_client_config", "here")
    document.top(
        "locals",
        project=reference("data.google_project.here.project_id"),
        project_number=reference("data.google_project.here.number"),
        region=reference("data.google_client_config.here.region"),
        labels=labels,
    )


def _outputs(main: Document, places: GcpPlaces, queues: list[str]) -> Document:
    """Return the outputs: the base URL, those of isolated functions, the domain, the site, and what each thing is called."""
    shared = places.services.get(SHARED)
    isolated = {label: found.uri for label, found in places.services.items() if found.is_http and label != SHARED}
    functions = places.blueprint.functions
    named = {
        "url": shared.uri if shared is not None else None,
        "urls": isolated or None,
        "domain": domain(main, places),
        "site": site(main, places),
        "functions": {each.name: reference(f"{places.service(each).address}.name") for each in functions},
    }
    found = outputs_document(main, places, named, queues)
    for what in ("project", "region"):
        found.block("output", what, value=reference(f"local.{what}"))
    return found
