"""What an app needs of PostgreSQL, from its functions and resources."""

from __future__ import annotations

from portable.persistence.shape import describe
from portable.persistence.table import Index, Table
from portable.tooling.app.model import Grant, ResourceModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable_container.deploy.image import image_of
from portable_container.runtime.addresses import user_name
from portable_container.runtime.image_engines import database
from portable_container.runtime.schema_roles import needed

ORDERS = Table("orders", key="id", indexes=(Index("by_mail", key="mail"),))
SESSIONS = Table("sessions", key="id", ttl="ends")


def resource(table: Table) -> ResourceModel:
    options = describe(table)
    return ResourceModel("table", options.pop("name"), options)


def function(name: str, identity: str, *grants: Grant) -> DeployedFunction:
    return DeployedFunction(name, {"kind": "http"}, name, 256, 30, identity, grants)


def test_an_identity_has_the_rights_of_its_functions_and_no_others() -> None:
    image = image_of(
        "shop",
        [
            function("list", "web", Grant("orders", "table", ("get", "query")), Grant("photos", "bucket", ("get",))),
            function("sign-in", "web", Grant("sessions", "table", ("put",))),
            function("clean", "clean", Grant("orders", "table", ("delete",))),
        ],
        [resource(ORDERS), resource(SESSIONS), ResourceModel("bucket", "photos", {})],
    )
    found = database(image, "shop_live")
    assert [table["name"] for table in found.tables] == ["orders", "sessions"]
    assert needed(found.roles["shop_live_web"]) == {
        ("portable_versions", "SELECT"),
        ("orders", "SELECT"),
        ("sessions", "SELECT"),
        ("sessions", "INSERT"),
        ("sessions", "UPDATE"),
    }
    assert found.roles["shop_live_clean"] == {"orders": ("delete",)}
    scheduler = needed(found.roles["shop_live_schedule"])
    assert {right for table, right in scheduler if table == "sessions"} == {"SELECT", "DELETE"}
    assert {table for table, _ in scheduler} == {"sessions", "portable_versions", "portable_leases", "portable_due"}


def test_names_that_postgresql_would_cut_off_stay_different() -> None:
    names = {user_name("a" * 40, f"{'b' * 40}{end}") for end in "xy"}
    assert len(names) == 2
    assert {len(name) for name in names} == {63}
