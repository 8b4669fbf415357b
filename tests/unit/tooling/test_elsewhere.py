"""`drivers` of a target's table: rows and buckets lie in another cloud than the functions."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from portable import Bucket, Table
from portable.base.drivers import LazyDrivers
from portable.errors import UnsupportedError
from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.app.model import AppModel, FunctionModel, Grant, ResourceModel
from portable.tooling.app.needs import needs
from portable.tooling.app.settings import Settings, SettingsError
from portable.tooling.cli.plan import lines
from portable.tooling.elsewhere import elsewhere, packages, placed
from portable.tooling.entry.parts import assemble
from portable.tooling.infra.blueprint import described, read_blueprint
from portable.tooling.infra.stage import check_stage
from portable.tooling.pipeline import options_of
from portable.tooling.problems import problems
from portable.tooling.run.doctor import wanted
from portable.tooling.shipped import drivers_of, requirements_of
from portable.tooling.target import Options, Target
from portable.tooling.targets import load_target, target_names
from portable_aws.deploy.target import target as aws
from portable_container.deploy.target import target as container
from portable_container.runtime.addresses import addresses, check_wants

HTTP = {"kind": "http", "method": "GET", "path": "/", "cors": None, "max_body": 1000, "auth": None}
QUEUE = {"kind": "queue", "queue": "jobs", "batch": 1, "window": 0, "ordered": False}
ORDERS, PHOTOS = Grant("orders", "table", ("get", "put")), Grant("photos", "bucket", ("get",))
COUNTED = {"by": "route", "windows": [{"calls": 100, "seconds": 1}]}
SHAPE = {"key": ["id", "text"], "sort": None, "ttl": None, "indexes": {}}


def function(name: str, trigger: dict[str, Any], *grants: Grant, **more: Any) -> FunctionModel:
    return FunctionModel(name, "app", "f", f"app.py:{name}", False, trigger, (), grants, **more)


HOME = function("home", HTTP, ORDERS, PHOTOS)
APP = AppModel(
    "shop", (HOME,), (ResourceModel("table", "orders", SHAPE), ResourceModel("bucket", "photos", {})), ("app",)
)


def settings(folder: Path, drivers: object) -> Settings:
    (folder / "pyproject.toml").write_text("[tool.portable.container]\n\ndrivers = {}\n")
    return Settings(folder, folder, "shop", ("app",), "3.12", table={"drivers": drivers})


def options(folder: Path, drivers: object) -> Options:
    return options_of(settings(folder, drivers), container)


@pytest.fixture
def there(tmp_path: Path) -> Any:
    """The options of an app whose tables are in AWS."""
    return options(tmp_path, {"table": "aws"})


@pytest.mark.parametrize(
    ("drivers", "says"),
    [
        ("aws", 'drivers must be a table from kinds of resources to targets, such as {table = "aws"}'),
        ({"table": ["aws"]}, "drivers must be a table"),
        ({"tables": "aws"}, 'drivers names "tables", which is no kind of resource; there are bucket, queue, secret'),
        ({"setting": "aws"}, 'drivers names "setting"'),
        ({"table": "heroku"}, 'drivers: there is no target "heroku"; the installed ones are: aws'),
        ({"table": "container"}, 'drivers: "table" has the drivers of container anyway: leave it out'),
        ({"bucket": "local"}, "drivers: the drivers of this machine work on its own host only"),
        ({"table": "openfaas"}, "drivers: the drivers of OpenFaaS work on its own host only"),
    ],
)
def test_what_cannot_be_is_refused_at_its_line(drivers: object, says: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        options(tmp_path, drivers)
    assert str(caught.value).startswith(f"{tmp_path / 'pyproject.toml'}:3: {says}")


def test_a_target_that_has_no_driver_of_a_kind_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portable.tooling.elsewhere.has_driver", lambda package, kind: kind != "stream")
    with pytest.raises(SettingsError, match="portable has no stream driver for AWS Lambda"):
        elsewhere(settings(tmp_path, {"stream": "aws"}), container, load_target)


@pytest.mark.parametrize("name", ["aws", "azure", "gcp"])
@pytest.mark.parametrize("kind", ["bucket", "table", "queue", "topic", "stream", "secret"])
def test_every_cloud_can_be_reached_for_every_kind(name: str, kind: str, tmp_path: Path) -> None:
    found = elsewhere(settings(tmp_path, {kind: name}), container, load_target)
    assert [(kind, other.name) for kind, other in found.items()] == [(kind, name)]


def test_another_target_keeps_its_own_word_on_the_key(tmp_path: Path) -> None:
    assert elsewhere(settings(tmp_path, {"table": "gcp"}), aws, load_target) == {}


def test_modules_and_distributions_are_those_of_the_target_that_reaches_a_kind(there: Any) -> None:
    used = needs(APP)
    assert drivers_of(container, used) == (
        "portable_container.runtime.persistence",
        "portable_container.runtime.storage",
    )
    assert drivers_of(container, used, there.elsewhere) == (
        "portable_aws.runtime.persistence",
        "portable_container.runtime.storage",
    )
    assert packages(container, there.elsewhere) == ("portable", "portable_container", "portable_aws")
    at_home, away = requirements_of(container, used), requirements_of(container, used, there.elsewhere)
    assert [text.partition(">")[0] for text in away] == ["boto3", "obstore", "uvicorn"]
    assert [text.partition(">")[0] for text in at_home] == ["obstore", "psycopg[binary,pool]", "uvicorn"]


def test_generated_modules_find_the_drivers_and_the_image_makes_nothing_of_what_is_there(there: Any) -> None:
    plan = placed(container.plan(APP, there), there)
    module = assemble(structs.replace(plan.entries["entry_http.py"], needs_drivers=True))
    assert '_Drivers("portable_container.runtime", table="portable_aws.runtime")' in module
    start = plan.generated()["portable_start.py"]
    assert "wants=(\n        ('PORTABLE_TABLE_ORDERS',)," in start
    assert "'orders'" not in start.replace("'PORTABLE_TABLE_ORDERS'", "")
    assert not any(text.startswith("psycopg") for text in plan.requirements)


def test_the_manifest_says_so_and_infrastructure_gets_what_is_here(there: Any) -> None:
    plan = placed(container.plan(APP, there), there)
    manifest = described(plan)
    assert (manifest["drivers"], manifest["wants"]) == (
        {"table": "aws"},
        [["PORTABLE_TABLE_ORDERS"], ["AWS_REGION", "AWS_DEFAULT_REGION"]],
    )
    assert [found.text for found in wanted(manifest)] == [
        "where it runs, PORTABLE_TABLE_ORDERS must be set",
        "where it runs, AWS_REGION or AWS_DEFAULT_REGION must be set",
    ]
    blueprint = read_blueprint(manifest | {"sha256": "", "size": 0})
    assert [grant.kind for grant in blueprint.functions[0].grants] == ["table", "bucket"]
    here = blueprint.here()
    assert [grant.kind for grant in here.functions[0].grants] == ["bucket"]
    assert [resource.name for resource in here.resources] == ["photos"]
    assert "drivers" not in described(container.plan(APP, structs.replace(there, elsewhere={})))


def test_manifests_ask_for_what_leads_there_and_give_the_own_store_variables_of_its_own(there: Any) -> None:
    blueprint = read_blueprint(described(placed(container.plan(APP, there), there)) | {"sha256": "", "size": 0})
    found = container.infra(blueprint, check_stage("shop", "prod"))
    assert found is not None
    files = found.files()
    compose = files["compose.yaml"]
    for text in (
        'AWS_REGION: "${AWS_REGION:?',
        'PORTABLE_TABLE_ORDERS: "${PORTABLE_TABLE_ORDERS:?',
        "PORTABLE_S3_ACCESS_KEY_ID:",
        "AWS_SECRET_ACCESS_KEY: null",
    ):
        assert text in compose
    assert "# AWS_SECRET_ACCESS_KEY=\n" in files[".env.example"]
    assert 'AWS_SECRET_ACCESS_KEY: ""' in files["kubernetes/secrets.example.yaml"]
    pods = files["kubernetes/deployments.yaml"].partition("AWS_SECRET_ACCESS_KEY")[2]
    assert re.match(r"\s+valueFrom:\s+secretKeyRef:\s+name: serve\s+key: AWS_SECRET_ACCESS_KEY\s+optional: true", pods)
    assert "postgres" not in compose
    assert "port: 443" in "".join(text for path, text in files.items() if path.startswith("kubernetes/"))


def test_plan_shows_where_a_resource_is_and_what_must_be_set(there: Any) -> None:
    blueprint = read_blueprint(described(placed(container.plan(APP, there), there)) | {"sha256": "", "size": 0})
    shown = list(
        lines(
            SimpleNamespace(
                blueprint=blueprint,
                title="a container",
                stage="dev",
                identities=(),
                headroom=(),
                made={},
                since="",
                notes=(),
            )
        )
    )  # type: ignore[arg-type]
    for line in (
        "  table orders  in aws",
        "  bucket photos",
        "  set PORTABLE_TABLE_ORDERS",
        "  set AWS_REGION or AWS_DEFAULT_REGION",
    ):
        assert line in shown


def test_what_is_to_be_done_there_is_noted_and_an_event_from_there_is_refused(there: Any, tmp_path: Path) -> None:
    [note] = [found for found in problems(APP, container, there) if found.rule == "elsewhere"]
    assert (note.error, note.note, note.key) == (False, True, "drivers")
    assert "let the keys of the app do what its functions do (get, put on orders)" in note.instead
    assert note.instead.endswith("set PORTABLE_TABLE_ORDERS and AWS_REGION or AWS_DEFAULT_REGION")
    queues = options(tmp_path, {"queue": "aws"})
    send = function("send", HTTP, Grant("jobs", "queue", ("send",)))
    work = function("work", QUEUE)
    app = AppModel(
        "shop", (send, work), (ResourceModel("queue", "jobs", {"delayed": True, "deduplicated": True}),), ("app",)
    )
    errors = [found for found in problems(app, container, queues) if found.error]
    assert [(found.where, found.text()) for found in errors] == [
        (
            "app.py:work",
            'work: the queue "jobs" is reached through AWS Lambda, which calls no function of a container; '
            "package this function for aws, or leave queue out of drivers in [tool.portable.container]",
        )
    ]


def test_a_resource_is_checked_by_the_target_that_holds_it(tmp_path: Path) -> None:
    send = function("send", HTTP, Grant("jobs", "queue", ("send",)), Grant("google-photos", "bucket", ("get",)))
    options_of_queue = {"ordered": True, "delayed": True, "deduplicated": False}
    held = (ResourceModel("queue", "jobs", options_of_queue), ResourceModel("bucket", "google-photos", {}))
    app = AppModel("shop", (send,), held, ("app",))

    def found(drivers: dict[str, str]) -> list[tuple[str | None, str]]:
        told = problems(app, container, options(tmp_path, drivers))
        return [(each.where, each.message) for each in told if each.rule not in ("elsewhere", "memory")]

    at_home = found({})
    assert not [text for _, text in at_home if "SQS" in text or "storage queue" in text]
    by_aws = 'AWS Lambda: queue "jobs" is ordered and delayed, but an SQS FIFO queue cannot delay single messages'
    assert ("app.py:send", by_aws) in found({"queue": "aws"})
    ordered = 'Azure Functions: Queue("jobs", ordered=True): a storage queue keeps no order; AWS and Google Cloud have ordered queues'
    assert ("app.py:send", ordered) in found({"queue": "azure"})
    named = [text for where, text in found({"bucket": "gcp"}) if "google-photos" in text and where == "app.py:send"]
    assert len(named) == 1
    limited = function("home", {**HTTP, "limit": [COUNTED]}, ORDERS)
    counted = structs.replace(APP, functions=(limited,))
    for drivers, told in (({}, False), ({"table": "aws"}, True)):
        texts = [each.message for each in problems(counted, container, options(tmp_path, drivers))]
        assert any("counted in one row" in text for text in texts) is told


def test_dead_letters_go_to_the_queue_that_is_there(tmp_path: Path) -> None:
    chosen = options(tmp_path, {"queue": "aws"})
    created = {"kind": "object", "bucket": "photos", "event": "created", "prefix": "", "suffix": ""}
    app = AppModel("shop", (function("index", created, dead_letter=True),), APP.resources[1:], ("app",))
    plan = placed(container.plan(app, chosen), chosen)
    assert plan.wants == (("PORTABLE_DEAD_INDEX",), ("AWS_REGION", "AWS_DEFAULT_REGION"))
    assert "poison" not in plan.generated()["portable_start.py"]


def test_the_image_does_not_start_without_what_leads_there(there: Any) -> None:
    from portable.errors import ConfigurationError

    names: dict[str, Any] = {}
    exec(placed(container.plan(APP, there), there).generated()["portable_start.py"], names)
    image = names["IMAGE"]
    assert "PORTABLE_TABLE_ORDERS" not in addresses(image, {})
    with pytest.raises(ConfigurationError, match="PORTABLE_TABLE_ORDERS, AWS_REGION or AWS_DEFAULT_REGION"):
        check_wants(image, {})
    check_wants(image, {"PORTABLE_TABLE_ORDERS": "orders", "AWS_DEFAULT_REGION": "eu-central-1"})


def test_drivers_of_two_adapters_are_found_by_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTABLE_BUCKET_PHOTOS", "photos-1")
    monkeypatch.setenv("PORTABLE_TABLE_ROWS", "rows")
    drivers = LazyDrivers("portable_ironworker.runtime", table="portable_aws.runtime")
    assert type(drivers.of(Bucket("photos"))).__name__ == "ObstoreBucket"
    assert type(drivers.of(Table("rows", key="id"))).__module__.startswith("portable_aws.")
    with pytest.raises(UnsupportedError, match=r"portable_ironworker\.runtime has no driver for table"):
        LazyDrivers("portable_ironworker.runtime").of(Table("rows", key="id"))


def test_every_reach_names_known_kinds() -> None:
    reached: list[Target] = [found for found in map(load_target, target_names()) if found.reach is not None]
    assert {target.name for target in reached} == {"aws", "azure", "gcp"}
    for target in reached:
        assert target.reach is not None
        assert set(target.reach.requirements) <= {"", *RESOURCES}
