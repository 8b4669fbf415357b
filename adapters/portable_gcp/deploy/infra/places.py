"""What everything of an app is called in a stage on Google Cloud, and where it is: names, addresses, services."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portable.tooling.grouping import grouped
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.places import Places
from portable.tooling.infra.site import site_of
from portable.tooling.infra.stage import shortened
from portable.tooling.infra.terraform import Expression, reference
from portable_gcp.deploy.shim import HTTP

PROJECT = reference("local.project")
REGION = reference("local.region")
SHARED = "http_"
"""The label of the service of all HTTP functions that have none of their own: no function has a name with _."""
_NUMBER_DIGITS = 13


@dataclass(frozen=True)
class Service:
    """A Cloud Run function: its label in the configuration, its name, and the functions that it runs."""

    label: str
    name: str
    functions: tuple[DeployedFunction, ...]

    @property
    def address(self) -> str:
        """The address of its resource in the configuration."""
        return f"google_cloudfunctions2_function.{self.label}"

    @property
    def uri(self) -> Expression:
        """Its base URL, which is also the audience of who calls it."""
        return reference(f"{self.address}.service_config[0].uri")

    @property
    def is_http(self) -> bool:
        """Whether it serves HTTP functions."""
        return bool(self.functions[0].trigger["kind"] == "http")


@dataclass(frozen=True)
class GcpPlaces(Places):
    """The names of one app in one stage. Limits are those of each service's API reference."""

    @cached_property
    def services(self) -> dict[str, Service]:
        """The services by label: one for all HTTP functions but the isolated ones, one for each other function."""
        together = grouped(
            (SHARED if function.trigger["kind"] == "http" and function.entry == HTTP else function.name, function)
            for function in self.blueprint.functions
        )
        return {
            label: Service(label, self._service_name(label), tuple(functions)) for label, functions in together.items()
        }

    @property
    def site(self) -> dict[str, Any] | None:
        """The site that a load balancer serves: that of an app which says `cdn=True` and has a domain."""
        return site_of(self.blueprint) if self.blueprint.domain else None

    def service(self, function: DeployedFunction) -> Service:
        """Return the service that runs a function."""
        return self.services.get(function.name) or self.services[SHARED]

    def _service_name(self, label: str) -> str:
        return shortened(self.stage.prefix(), 49) if label == SHARED else self.stage.called(label, 49)

    def own(self, what: str, limit: int = 63) -> str:
        """Return the name of something that belongs to the whole app: with --, since no declared name begins with a hyphen."""
        return shortened(f"{self.stage.prefix()}--{what}", limit)

    def identity(self, service: Service) -> str:
        """Return the id of the service account of a service: 6 to 30 characters."""
        return self.own("http", 30) if service.label == SHARED else self.stage.called(service.label, 30)

    def bucket(self, name: str) -> Expression:
        """Return the name of a bucket. The whole world shares these names, so it ends with the project's number."""
        return self.global_name(self.stage.called(name, 63 - 1 - _NUMBER_DIGITS))

    def global_name(self, name: str) -> Expression:
        """Return a name that no other project has, of one with at most 49 characters."""
        return Expression(f"{name}-${{local.project_number}}")

    def pubsub(self, kind: str, name: str) -> str:
        """Return the id of a Pub/Sub topic: of a queue, a topic, a stream, or of the "events" for a bucket's function.

        All four are topics here, and may have one name.
        """
        return self.stage.called(name, 255, "" if kind == "queue" else f"_{kind}")

    def lost(self) -> str:
        """Return the id of the topic and subscription of what Pub/Sub gives up, of functions without dead letters."""
        return self.own("lost", 255)

    def subscription(self, function: str) -> str:
        """Return the id of the subscription that pushes the events of a topic, stream or bucket to a function."""
        return self.pubsub("push", function)

    def job(self, function: str) -> str:
        """Return the id of the Cloud Scheduler job of a function."""
        return self.stage.called(function, 500)

    def database(self) -> str:
        """Return the id of the app's Firestore database."""
        return self.own("tables")

    def secret(self, name: str) -> str:
        """Return the id of a secret in Secret Manager."""
        return self.stage.called(name, 255)

    def address(self, kind: str, name: str) -> Expression | str:
        """Return what the runtime is told of a resource, in the variable of its kind and name."""
        if kind == "bucket":
            return reference(f"google_storage_bucket.{name}.name")
        if kind == "table":
            return Expression(f"${{google_firestore_database.{TABLES}.name}}/{name}")
        if kind in ("queue", "topic", "stream"):
            return reference(f"google_pubsub_topic.{topic_label(kind, name)}.id")
        if kind == "secret":
            return reference(f"google_secret_manager_secret.{name}.id")
        return reference(f"var.setting_{name}")


TABLES = "tables"
"""The label of the database."""


def topic_label(kind: str, name: str) -> str:
    """Return the label of a Pub/Sub topic in the configuration; see `GcpPlaces.pubsub`."""
    return name if kind == "queue" else f"{name}_{kind}"
