"""What an image is without a stage, and what everything is called in one."""

from __future__ import annotations

from typing import Any

import pytest
from unit.tooling.rules.apps import HTTP, OBJECT, QUEUE, STREAM, TICK, TOPIC, app, function

from portable.errors import ConfigurationError
from portable.eventing.queue import Queue
from portable.tooling.app.model import Grant, ResourceModel
from portable.tooling.entry.parts import assemble
from portable.tooling.target import Options
from portable_container.deploy.target import target
from portable_container.runtime.addresses import addresses, bucket_name, prefix_of
from portable_container.runtime.chosen import choose
from portable_container.runtime.image import Image
from portable_container.runtime.image_engines import address_of_event, streams

OPTIONS = Options("3.12", "x86_64", {"isolate": ["tidy"]})
SHAPE = {"key": {"name": "id", "type": "str"}, "sort": None, "ttl": "ends", "indexes": []}
RESOURCES = (
    ResourceModel("table", "orders", {**SHAPE, "row": None}),
    ResourceModel("queue", "jobs", {"ordered": True}),
    ResourceModel("topic", "news", {}),
    ResourceModel("stream", "clicks", {"key": "user"}),
    ResourceModel("bucket", "photos", {}),
    ResourceModel("secret", "api-key", {}),
)
FUNCTIONS = (
    function("home", HTTP, Grant("orders", "table", ("get",)), timeout=5),
    function("work", QUEUE | {"ordered": True}, Grant("orders", "table", ("put",)), dead_letter=True, backoff=2.5),
    function("hear", TOPIC, dead_letter=True, environment=(("MODE", "fast"),)),
    function("sum", STREAM | {"start": "oldest"}, concurrency=2),
    function("index", OBJECT),
    function("http", TICK | {"timezone": "Europe/Berlin"}),
    function("tidy", TICK | {"days": 2}, Grant("orders", "table", ("delete",))),
)


def started(shop: Any = None) -> tuple[Image, dict[str, str]]:
    """Return the image that the generated start makes, and the generated modules."""
    plan = target.plan(shop or app(*FUNCTIONS, resources=RESOURCES), OPTIONS)
    names: dict[str, Any] = {"__name__": "portable_start"}
    exec(compile(assemble(plan.entries["portable_start.py"]), "portable_start.py", "exec"), names)
    return names["IMAGE"], plan.generated()


@pytest.fixture(scope="module")
def image() -> Image:
    return started()[0]


def test_the_start_makes_an_image_that_knows_no_stage(image: Image) -> None:
    assert (image.app, image.http, image.served) == ("shop", "entry_http", ("home",))
    assert [(one.name, one.kind, one.module, one.resource, one.identity) for one in image.functions] == [
        ("work", "queue", "entry_work", "jobs", "work"),
        ("hear", "topic", "entry_hear", "news", "work"),
        ("sum", "stream", "entry_sum", "clicks", "work"),
        ("index", "object", "entry_index", "photos", "work"),
        ("http", "schedule", "entry_ownHttp", "", "work"),
        ("tidy", "schedule", "entry_tidy", "", "tidy"),
    ]
    work, hear, total, *_, tidy = image.functions
    assert (work.ordered, work.backoff, work.dead_letters, hear.dead_letters) == (
        True,
        2.5,
        "jobs-poison",
        "hear-poison",
    )
    assert (total.start, hear.start, total.concurrency, tidy.days) == ("all", "new", 2, 2)
    assert image.tables == ({"name": "orders", **SHAPE},), "what no database must know is left out"
    assert image.rights == {
        "serve": {"orders": ("get",)},
        "work": {"orders": ("put",)},
        "tidy": {"orders": ("delete",)},
    }
    assert image.environment == {"MODE": "fast"}
    assert {queue.name: queue.dead_letters_of for queue in image.queues} == {
        "jobs": None,
        "jobs-poison": "jobs",
        "hear-poison": "hear",
    }


def test_each_function_has_the_module_that_its_role_loads(image: Image) -> None:
    made = started()[1]
    modules = {f"{one.module}.py" for one in image.functions} | {"entry_http.py", "portable_start.py"}
    assert modules == {path for path in made if path.endswith(".py")}


def test_an_app_of_http_alone_needs_no_engine_and_one_with_a_schedule_needs_both() -> None:
    alone, scheduled = started(app(function("home", HTTP)))[0], started(app(function("nightly", TICK)))[0]
    assert (alone.needs_nats, alone.needs_postgres, alone.functions) == (False, False, ())
    assert (scheduled.needs_nats, scheduled.needs_postgres, scheduled.http) == (True, True, None)
    wanted = [target.plan(app(function("f", trigger)), OPTIONS).requirements for trigger in (HTTP, TICK)]
    assert [len(each) for each in wanted] == [0, 2]


def test_everything_has_a_name_in_a_stage_and_what_is_set_wins(image: Image) -> None:
    assert addresses(
        image, {"PORTABLE_STAGE": "prod", "PORTABLE_TABLE_ORDERS": "elsewhere.orders", "API_KEY": "x"}
    ) == {
        "PORTABLE_QUEUE_JOBS": "shop_prod_queue_jobs",
        "PORTABLE_QUEUE_JOBS_POISON": "shop_prod_queue_jobs-poison",
        "PORTABLE_DEAD_JOBS": "shop_prod_queue_jobs-poison",
        "PORTABLE_QUEUE_HEAR_POISON": "shop_prod_queue_hear-poison",
        "PORTABLE_DEAD_HEAR": "shop_prod_queue_hear-poison",
        "PORTABLE_TOPIC_NEWS": "shop_prod_topic_news",
        "PORTABLE_STREAM_CLICKS": "shop_prod_stream_clicks",
        "PORTABLE_BUCKET_PHOTOS": "shop-prod-photos",
        "PORTABLE_SECRET_API_KEY": "env:API_KEY",
    }
    assert addresses(image, {})["PORTABLE_TABLE_ORDERS"] == "shop_dev.orders"
    for wrong in ("Prod", "a-", "a" * 17, "a_b"):
        with pytest.raises(ConfigurationError, match="PORTABLE_STAGE"):
            addresses(image, {"PORTABLE_STAGE": wrong})


def test_buckets_of_two_apps_or_stages_are_never_the_same() -> None:
    assert bucket_name("shop", "dev", "eu-jobs") == "shop-dev-eu-jobs"
    parts = (
        ("shop", "dev", "eu-jobs-old"),
        ("shop", "dev-eu", "jobs-old"),
        ("shop", "dev-eu-jobs", "old"),
        ("shop-dev", "eu", "jobs-old"),
    )
    assert len({bucket_name(*each) for each in parts}) == len(parts)
    long = [bucket_name("s" * 40, "production", f"{'b' * 39}{end}") for end in "xy"]
    assert len(set(long)) == 2
    assert all(len(name) <= 63 for name in long)


def test_each_function_takes_its_events_from_consumers_that_migrate_makes(image: Image) -> None:
    made = {stream["name"]: {reader["name"] for reader in readers} for stream, readers in streams(image, "shop_dev")}
    for one in image.functions:
        stream, _, consumer = address_of_event("shop_dev", one).partition("/")
        assert any(name.startswith(consumer or "work") for name in made[stream]), one.name
    assert made["shop_dev_queue_hear-poison"] == {"work"}


def test_the_command_line_chooses_roles_functions_and_ports(image: Image) -> None:
    assert choose(image, [], {}).roles == ("serve", "work", "schedule")
    assert choose(Image("shop", "entry_http"), [], {}).roles == ("serve",)
    assert choose(Image("shop"), [], {"PORTABLE_EVENTS": "on"}).roles == ("serve",)
    found = choose(image, ["schedule", "work", "--functions", "sum, tidy"], {"PORT": "80", "PORTABLE_STAGE": "prod"})
    assert (found.roles, found.functions, found.port) == (("work", "schedule"), ("sum", "tidy"), 80)
    assert (found.prefix, found.stage) == (prefix_of("shop", "prod"), "prod")
    assert choose(image, ["schedule", "--functions", ""], {}).functions == ()
    assert choose(image, ["serve", "--port", "81"], {"PORT": "80"}).port == 81
    assert choose(image, ["migrate"], {}).command == "migrate"


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["server"], {}, '"server" is no role'),
        (["serve", "migrate"], {}, '"migrate" is no role'),
        (["work", "--functions", "home"], {}, "work runs none of --functions home: it runs work"),
        (["serve", "--functions", "tidy"], {}, "serve runs none of --functions tidy: it runs home"),
        (["work", "--functions", "wrok"], {}, '"wrok": the app has home, work'),
        ([], {"PORT": "http"}, "PORT is 'http'"),
        ([], {"PORTABLE_EVENTS": "yes"}, "write on or off"),
        ([], {"PORTABLE_EVENTS_TOKEN": ""}, "PORTABLE_EVENTS_TOKEN is empty"),
        ([], {"PORTABLE_EVENTS_TOKEN": "token\n"}, "PORTABLE_EVENTS_TOKEN is empty or has"),
    ],
)
def test_what_cannot_be_chosen_is_told(
    image: Image, arguments: list[str], environment: dict[str, str], told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        choose(image, arguments, environment)


def test_a_queue_of_dead_letters_is_one_whoever_declares_it() -> None:
    declared = ResourceModel("queue", "jobs-poison", {"dead_letters_of": "jobs"})
    shop = app(function("work", QUEUE, dead_letter=True), resources=(ResourceModel("queue", "jobs", {}), declared))
    assert started(shop)[0].queues == (Queue("jobs"), Queue("jobs").dead_letters)
