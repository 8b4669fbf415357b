"""A Blueprint and a stage -> the Terraform configuration of the app on AWS."""

from __future__ import annotations

from typing import Any

from portable.tooling.infra.blueprint import Blueprint
from portable.tooling.infra.deploying import DATA_MAY_GO, DELETE_DATA
from portable.tooling.infra.domains import domain_rows
from portable.tooling.infra.places import outputs_document, variables_document
from portable.tooling.infra.stage import Stage
from portable.tooling.infra.terraform import Document, Expression, reference
from portable.tooling.infra.terraform_files import TerraformFiles
from portable_aws.deploy.infra.alarms import alarm_topic
from portable_aws.deploy.infra.buckets import bucket
from portable_aws.deploy.infra.domain import domain, zone_of
from portable_aws.deploy.infra.feeds import Feed, feeds
from portable_aws.deploy.infra.functions import code, function
from portable_aws.deploy.infra.http import http
from portable_aws.deploy.infra.places import AwsPlaces, here
from portable_aws.deploy.infra.queues import queue
from portable_aws.deploy.infra.schedules import schedules
from portable_aws.deploy.infra.secrets import secret
from portable_aws.deploy.infra.site import site
from portable_aws.deploy.infra.streams import stream
from portable_aws.deploy.infra.tables import table
from portable_aws.deploy.infra.topics import topic

PROVIDER = ">= 5.100, < 7.0"


def infrastructure(blueprint: Blueprint, stage: Stage) -> TerraformFiles:
    """Return the configuration: everything the app declares, and nothing else."""
    places = AwsPlaces(blueprint, stage)
    main = Document()
    _settle(main, places)
    code(main, places)
    alarm_topic(main, places)
    for found in blueprint.functions:
        function(main, places, found)
    url = http(main, places)
    own = domain(main, places)
    files = site(main, places)
    schedules(main, places)
    queues = feeds(places)
    names = {feed.name for feed in queues}
    for feed in queues:
        queue(main, places, feed, names)
    for resource in blueprint.resources:
        if resource.kind == "table":
            table(main, places, resource)
        elif resource.kind in _MAKE:
            _MAKE[resource.kind](main, places, resource.name)
    rows = (*_VARIABLES, *domain_rows(places, proven=not zone_of(places)))
    return TerraformFiles(
        main, variables_document(rows, places), _outputs(main, places, url, {"domain": own, "site": files}, queues)
    )


_MAKE = {"bucket": bucket, "topic": topic, "stream": stream, "secret": secret}
"""Queues come with what fills and empties them, tables with their shape, settings are variables."""


def _settle(document: Document, places: AwsPlaces) -> None:
    """Add what every configuration has: versions, the provider with its tags, and the names of this account."""
    tags = {
        "app": places.stage.app,
        "stage": places.stage.name,
        "version": places.blueprint.release(),
    }
    document.provider("aws", PROVIDER, region=reference("var.region"), default_tags={"tags": tags})
    document.top("locals", **here(document))


_VARIABLES = (
    ("region", "string", None, "The region of everything; AWS_REGION where it is not given."),
    ("log_retention_days", "number", 365, "How long logs are kept, in days."),
    ("alarm_email", "string", "", "Who is told of alarms; nobody where it is empty."),
    ("requests_per_second", "number", 1000, "Requests a second that the HTTP API takes in the long run."),
    ("requests_at_once", "number", 500, "Requests at once that the HTTP API takes."),
    ("oldest_message_seconds", "number", 900, "The age of a waiting message above which there is an alarm."),
    ("stream_retention_hours", "number", 24, "How long records of streams are kept, 24 to 8,760 hours."),
    (
        "permissions_boundary",
        "string",
        None,
        "The ARN of the policy that limits each role of the app; none where it is not given.",
    ),
    (DELETE_DATA, "bool", False, DATA_MAY_GO),
)


def _outputs(
    main: Document, places: AwsPlaces, url: Expression | None, own: dict[str, Any], queues: list[Feed]
) -> Document:
    """Return the outputs: the base URL, the domain, the site, and what each thing is called."""
    functions = {name: reference(f"aws_lambda_function.{name}.function_name") for name in places.functions}
    found = outputs_document(main, places, {"url": url, **own, "functions": functions}, [feed.name for feed in queues])
    found.block("output", "region", value=reference("local.region"))
    return found
