"""What an identity may do, and what a function gains through others of its identity."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.tooling.app.model import AppModel, FunctionModel, Grant
from portable.tooling.check.gains import Permission, identities
from portable.tooling.infra.blueprint import DeployedFunction, deployed
from portable.tooling.target import Options, Target
from portable_aws.deploy.target import target as aws
from portable_azure.deploy.target import target as azure
from portable_gcp.deploy.target import target as gcp
from portable_local.deploy.target import target as local

HTTP = {"kind": "http", "method": "GET", "path": "/", "cors": None, "max_body": 1000, "auth": None}
QUEUE = {"kind": "queue", "queue": "jobs", "batch": 1, "window": 0}
PHOTOS = Grant("photos", "bucket", ("get",))
NOTES = Grant("notes", "table", ("get", "put"))


def function(name: str, trigger: dict[str, Any], *grants: Grant, **more: Any) -> FunctionModel:
    return FunctionModel(name, "app", name.replace("-", "_"), "app.py:1", False, trigger, (), grants, **more)


def planned(
    target: Target, *functions: FunctionModel, table: dict[str, object] | None = None
) -> tuple[DeployedFunction, ...]:
    model = AppModel("shop", functions, (), ("app",))
    return deployed(target.plan(model, Options("3.12", "x86_64", table or {})))


def gained(target: Target, *functions: FunctionModel, table: dict[str, object] | None = None) -> dict[str, list[str]]:
    found = {}
    for identity in identities(planned(target, *functions, table=table)):
        for name in identity.functions:
            found[name] = [str(gain.permission) for gain in identity.gains(name)]
            assert len(found[name]) == identity.gained(name)
    return found


HOME = function("home", HTTP, PHOTOS)
PAY = function("pay", HTTP | {"path": "/pay"}, NOTES)
WORK = function("work", QUEUE, PHOTOS)


@pytest.mark.parametrize("target", [aws, local])
def test_a_function_with_an_identity_of_its_own_gains_nothing(target: Target) -> None:
    assert gained(target, HOME, PAY, WORK) == {"home": [], "pay": [], "work": []}


def test_in_one_database_a_permission_on_a_table_is_one_on_all() -> None:
    reads = function("reads", QUEUE, Grant("orders", "table", ("get",)))
    (web, one) = identities(planned(gcp, PAY, reads), gcp.undivided)
    assert [str(gain.permission) for gain in one.gains("reads")] == ['get on the table "notes"']
    assert [str(gain.permission) for gain in web.gains("pay")] == [
        f'{verb} on the table "orders"' for verb in ("get", "put")
    ]
    assert (one.gained("reads"), web.gained("pay")) == (1, 2)
    assert all(gain.asked_by == ("reads",) for gain in one.gains("reads"))


def test_on_azure_the_functions_of_the_app_gain_each_others_permissions() -> None:
    assert gained(azure, HOME, PAY, WORK) == {
        "home": ['take on the queue "jobs"', 'get on the table "notes"', 'put on the table "notes"'],
        "pay": ['get on the bucket "photos"', 'take on the queue "jobs"'],
        "work": ['get on the table "notes"', 'put on the table "notes"'],
    }


def test_an_isolated_function_neither_gains_nor_gives() -> None:
    found = gained(azure, HOME, PAY, WORK, table={"isolate": ["work"]})
    assert found["work"] == []
    assert found["pay"] == ['get on the bucket "photos"']


def test_on_google_cloud_the_http_functions_share_and_the_others_do_not() -> None:
    assert gained(gcp, HOME, PAY, WORK) == {
        "home": ['get on the table "notes"', 'put on the table "notes"'],
        "pay": ['get on the bucket "photos"'],
        "work": [],
    }


def test_a_gain_names_those_who_asked_for_it() -> None:
    (identity,) = identities(planned(azure, HOME, PAY, WORK))
    (first,) = [gain for gain in identity.gains("pay") if gain.permission.kind == "bucket"]
    assert (first.function, first.identity, first.asked_by) == ("pay", identity.name, ("home", "work"))
    assert identity.asked["work"] == {Permission("bucket", "photos", "get"), Permission("queue", "jobs", "take")}


def test_a_setting_needs_no_permission_and_a_secret_does() -> None:
    reads = function("reads", HTTP, Grant("mode", "setting", ("read",)), Grant("token", "secret", ("read",)))
    assert gained(azure, reads, PAY)["pay"] == ['read on the secret "token"']


def test_objects_are_taken_from_a_queue_only_where_they_may_become_dead_letters() -> None:
    trigger = {"kind": "object", "bucket": "photos", "event": "created", "prefix": "", "suffix": ""}
    direct, queued = function("direct", trigger), function("queued", trigger, dead_letter=True)
    assert gained(azure, direct, queued)["direct"] == ['take on the queue "queued"']
    assert gained(azure, direct, queued)["queued"] == []


def test_records_are_taken_from_their_stream() -> None:
    trigger = {"kind": "stream", "stream": "clicks", "batch": 1, "window": 0, "start": "latest", "ordered": True}
    assert gained(azure, function("follow", trigger), PAY)["pay"] == ['take on the stream "clicks"']


ACTIONS = st.sets(st.sampled_from(["get", "put", "delete", "list"]), min_size=1)


@given(st.lists(st.dictionaries(st.sampled_from(["one", "two", "three"]), ACTIONS), min_size=1, max_size=5))
def test_what_a_function_asked_for_and_what_it_gains_is_what_its_identity_has(held: list[dict[str, set[str]]]) -> None:
    functions = [
        function(
            f"f{number}", HTTP | {"path": f"/{number}"}, *(Grant(b, "bucket", tuple(a)) for b, a in grants.items())
        )
        for number, grants in enumerate(held)
    ]
    for target in (aws, azure, gcp):
        for identity in identities(planned(target, *functions)):
            for name in identity.functions:
                gains = {gain.permission for gain in identity.gains(name)}
                assert gains.isdisjoint(identity.asked[name])
                assert gains | identity.asked[name] == set(identity.permissions)


def test_the_cost_of_counting_grows_with_the_functions_and_not_with_their_pairs() -> None:
    class Counting(dict[Permission, tuple[str, ...]]):
        looked = 0

        def __iter__(self) -> Any:
            Counting.looked += 1
            return super().__iter__()

    functions = [function(f"f{n}", HTTP | {"path": f"/{n}"}, Grant(f"b{n}", "bucket", ("get",))) for n in range(50)]
    (identity,) = identities(planned(azure, *functions))
    object.__setattr__(identity, "permissions", Counting(identity.permissions))
    assert [identity.gained(function.name) for function in functions] == [49] * 50
    assert Counting.looked == 0
