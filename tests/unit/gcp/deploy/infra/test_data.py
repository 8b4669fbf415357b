"""Tables and secrets: one database, settled fields, no value in any file; and the runtime finds what was made."""

from __future__ import annotations

from typing import Any

import pytest
from unit.gcp.deploy.infra.configurations import (
    HTTP,
    JOBS,
    NOTES,
    QUEUE,
    TOKEN,
    Configuration,
    Grant,
    ResourceModel,
    function,
    made,
)

from portable.eventing.queue import Queue
from portable_gcp.runtime.clients import GcpClients, firestore_parts
from portable_gcp.runtime.eventing import queue_driver

EXPIRING = ResourceModel("table", "seen", {"name": "seen", "key": "id", "sort": None, "ttl": "ends", "indexes": []})


def data(stage: str = "prod") -> Configuration:
    grants = (Grant("notes", "table", ("get",)), Grant("token", "secret", ("read",)))
    return made(function("home", HTTP, *grants), resources=(NOTES, EXPIRING, TOKEN), stage=stage)


def test_all_tables_of_an_app_are_in_one_database() -> None:
    found = data()
    assert list(found.every("firestore_database")) == ["tables"]
    assert found.one("firestore_database", "tables")["type"] == "FIRESTORE_NATIVE"
    assert found.main["locals"]["firestore_location"] == "${coalesce(var.firestore_location, local.region)}"
    assert "firestore_database" not in str(made(function("home", HTTP)).main)


@pytest.mark.parametrize("stage", ["prod", "test"])
def test_data_is_protected_until_somebody_says_that_it_may_go(stage: str) -> None:
    found = data(stage)
    database = found.one("firestore_database", "tables")
    gone, kept = "DELETE_PROTECTION_DISABLED", "DELETE_PROTECTION_ENABLED"
    assert database["delete_protection_state"] == f'${{var.delete_data ? "{gone}" : "{kept}"}}'
    assert database["point_in_time_recovery_enablement"] == "POINT_IN_TIME_RECOVERY_ENABLED"
    assert found.one("secret_manager_secret", "token")["deletion_protection"] == "${!var.delete_data}"
    assert found.variables["variable"]["delete_data"]["default"] is False


def test_dev_keeps_nothing() -> None:
    found = data("dev")
    database = found.one("firestore_database", "tables")
    assert database["delete_protection_state"] == "DELETE_PROTECTION_DISABLED"
    assert database["point_in_time_recovery_enablement"] == "POINT_IN_TIME_RECOVERY_DISABLED"
    assert found.one("secret_manager_secret", "token")["deletion_protection"] is False


def test_rows_are_not_indexed_and_expired_ones_are_deleted() -> None:
    fields = {
        (one["collection"], one["field"]): {key for key in one if key.endswith("_config")}
        for one in data().every("firestore_field").values()
    }
    assert fields == {
        ("notes", "row"): {"index_config"},
        ("seen", "row"): {"index_config"},
        ("seen", "expires"): {"index_config", "ttl_config"},
    }


def test_no_secret_has_a_value_here() -> None:
    found = data()
    assert "secret_manager_secret_version" not in str(found.main)
    assert found.one("secret_manager_secret", "token")["replication"] == {
        "user_managed": {"replicas": [{"location": "${local.region}"}]}
    }
    assert "token" not in found.variables["variable"]


def resolved(found: Configuration, expression: str) -> str:
    """Return what an expression of an address stands for, in a project called p."""
    for kind, form in (("pubsub_topic", "projects/p/topics/{}"), ("firestore_database", "{}")):
        for label, one in found.every(kind).items():
            for attribute in ("id", "name"):
                expression = expression.replace(f"${{google_{kind}.{label}.{attribute}}}", form.format(one["name"]))
    return expression


def address(found: Configuration, variable: str) -> str:
    config = found.one("cloudfunctions2_function", "http_")["service_config"]
    return resolved(found, config["environment_variables"][variable])


def test_the_driver_of_dead_letters_pulls_from_a_subscription_that_is_there() -> None:
    reads = Grant("jobs-poison", "queue", ("count", "peek", "redrive"))
    found = made(
        function("home", HTTP, reads),
        function("work", QUEUE, Grant("jobs-poison", "queue", ("send",)), dead_letter=True),
        resources=(JOBS,),
    )
    clients = GcpClients()
    driver: Any = queue_driver(Queue("jobs").dead_letters, address(found, "PORTABLE_QUEUE_JOBS_POISON"), clients)
    made_here = {f"projects/p/subscriptions/{one['name']}" for one in found.every("pubsub_subscription").values()}
    assert driver.subscription in made_here
    assert address(found, "PORTABLE_QUEUE_JOBS") == "projects/p/topics/shop-prod-jobs"


def test_the_driver_of_tables_takes_the_address_apart() -> None:
    found = data()
    assert firestore_parts(address(found, "PORTABLE_TABLE_NOTES")) == ("shop-prod--tables", "notes")
