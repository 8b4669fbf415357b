"""What things are called: within Azure's limits, and never the same as something else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.azure.azure_infra import OBJECT, STREAM, blueprint, configuration, holding, queue, topic
from unit.azure.azure_models import app, made

from portable.tooling.infra.stage import Stage
from portable_azure.deploy.infra.places import UNIQUE, AzurePlaces, lawful

NAMES = st.from_regex(r"[a-z][a-z0-9-]{1,39}", fullmatch=True)
APPS = st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True)
STAGES = st.from_regex(r"[a-z][a-z0-9-]{0,15}", fullmatch=True).filter(lambda name: not name.endswith("-"))
FORMS = {
    "storage_account": r"[a-z0-9]{3,24}",
    "storage_container": r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*",
    "storage_queue": r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*",
    "cosmosdb_account": r"[a-z0-9-]{3,44}",
    "cosmosdb_sql_container": r"[^/\\#?]{1,255}",
    "eventgrid_topic": r"[A-Za-z0-9-]{3,50}",
    "eventgrid_system_topic": r"[A-Za-z0-9-]{3,50}",
    "eventgrid_event_subscription": r"[A-Za-z0-9-]{3,64}",
    "eventgrid_system_topic_event_subscription": r"[A-Za-z0-9-]{3,64}",
    "eventhub_namespace": r"[A-Za-z][A-Za-z0-9-]{4,48}[A-Za-z0-9]",
    "eventhub": r"[A-Za-z0-9]([A-Za-z0-9._-]{0,254}[A-Za-z0-9])?",
    "eventhub_consumer_group": r"[A-Za-z0-9]([A-Za-z0-9._-]{0,48}[A-Za-z0-9])?",
    "key_vault": r"[A-Za-z](-?[A-Za-z0-9]){2,23}",
    "key_vault_secret": r"[A-Za-z0-9-]{1,127}",
    "function_app_flex_consumption": r"[A-Za-z0-9][A-Za-z0-9-]{0,30}[A-Za-z0-9]",
    "service_plan": r"[A-Za-z0-9-]{1,60}",
    "user_assigned_identity": r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}",
    "log_analytics_workspace": r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]",
    "application_insights": r"[A-Za-z0-9-]{1,255}",
    "monitor_action_group": r"[A-Za-z0-9-]{1,260}",
    "resource_group": r"[A-Za-z0-9-]{1,90}",
    "role_definition": r".{1,512}",
}  # fmt: skip
"""Azure Resource Manager, "naming rules and restrictions for Azure resources"; the host's id has 32 characters."""


@settings(max_examples=40, deadline=None)
@given(APPS, STAGES, NAMES)
def test_every_name_is_one_that_azure_allows(name: str, stage: str, thing: str) -> None:
    found = configuration(
        holding(*((kind, thing, ()) for kind in ("bucket", "table", "topic", "secret")), name="tick"),
        queue(thing, thing, dead_letter=True),
        topic(f"{thing[:38]}-t"),
        made(f"{thing[:38]}-s", STREAM | {"stream": thing}),
        made(f"{thing[:38]}-o", OBJECT | {"bucket": thing}),
        name=name,
        stage=stage,
        isolate=[thing],
    )
    for kind, form in FORMS.items():
        called = [known(resource["name"]) for resource in found.resources(kind).values()]
        assert called, kind
        for text in called:
            assert re.fullmatch(form, text), f"{kind} {text}"
        places = {
            (known(resource["name"]), resource.get("storage_account_id")) for resource in found.resources(kind).values()
        }
        assert len(places) == len(called), kind


@settings(max_examples=40, deadline=None)
@given(st.lists(STAGES, min_size=2, max_size=2, unique=True), APPS, NAMES)
def test_two_stages_never_share_a_name_that_all_of_azure_shares(stages: list[str], name: str, thing: str) -> None:
    taken = [shared_names(name, stage, thing) for stage in stages]
    assert taken[0].isdisjoint(taken[1])
    groups = {
        configuration(holding(), name=name, stage=stage).one("resource_group", "stage")["name"] for stage in stages
    }
    assert len(groups) == 2


def shared_names(name: str, stage: str, thing: str) -> set[str]:
    """Return the names of accounts and apps, with the digits that Terraform would put in for this app and stage."""
    function = queue(thing, thing)
    places = AzurePlaces(blueprint(app(function)), Stage(name, stage))
    digits = format(abs(hash((name, stage))) % 16**8, "08x")
    found = (places.app("App"), places.app(thing), places.data_account(), places.vault(), places.shared_name(44))
    return {text.replace(UNIQUE, digits) for text in (*found, places.host_account("App"), places.host_account(thing))}


def test_what_makes_names_unique_is_of_the_subscription_the_app_and_the_stage() -> None:
    found = configuration(holding(), name="a-b", stage="c")
    assert found.main["locals"]["unique"] == (
        '${substr(sha256("${data.azurerm_client_config.here.subscription_id}/a-b/c"), 0, 8)}'
    )


@given(NAMES, NAMES)
def test_no_two_names_become_one(one: str, other: str) -> None:
    assert (lawful(one) == lawful(other)) is (one == other)


@settings(max_examples=40, deadline=None)
@given(NAMES)
def test_the_host_finds_the_poison_queue_by_the_name_of_its_queue(name: str) -> None:
    places = AzurePlaces(blueprint(app()), Stage("shop"))
    assert places.queue(f"{name}-poison") == f"{places.queue(name)}-poison"
    assert places.queue(f"{name}-poison-poison") == f"{places.queue(name)}-poison-poison"


def known(text: str) -> str:
    """Return a name as it is when Terraform has put in what it knows."""
    return re.sub(r"\$\{azurerm[^}]*\}", "name", text.replace(UNIQUE, "0123abcd"))


OURS = (
    "app",
    "code",
    "data",
    "host",
    "here",
    "stage",
    "objects",
    "streams",
    "tables",
    "secrets",
    "monitoring",
    "filled",
    "failed",
)


@pytest.mark.parametrize("thing", OURS)
def test_an_app_may_use_every_word_that_we_use(thing: str) -> None:
    names = holding(
        *((kind, thing, ()) for kind in ("bucket", "table", "topic", "secret", "setting", "queue")), name="web"
    )
    trigger = {"kind": "topic", "topic": thing, "filter": []}
    listen = made(f"{thing}-t", trigger)
    found = configuration(
        names,
        queue(thing, thing, dead_letter=True),
        listen,
        made(f"{thing}-s", STREAM | {"stream": thing}),
        made(f"{thing}-o", OBJECT | {"bucket": thing}),
        made(f"{thing}-d", OBJECT | {"bucket": thing}, dead_letter=True),
        isolate=[thing],
    )
    assert found.one("storage_queue", thing)["name"] == thing
    assert set(found.resources("function_app_flex_consumption")) == {"App", thing}
