"""Stages: what is called how, within the limits of a provider."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import PortableError
from portable.tooling.infra.stage import Stage, check_stage

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,60}", fullmatch=True)


def test_a_name_says_app_and_stage() -> None:
    assert Stage("shop", "prod").called("orders") == "shop-prod-orders"
    assert Stage("shop").called("orders", 80, ".fifo") == "shop-dev-orders.fifo"


def test_no_name_ends_with_a_hyphen_which_many_services_refuse() -> None:
    found = Stage("shop").called("jobs-", 64, "_lost")
    assert found.startswith("shop-dev-jobs-")
    assert not Stage("shop").called("jobs-").endswith("-")
    assert Stage("shop").called("jobs-") != Stage("shop").called("jobs")


@given(NAMES, NAMES, st.integers(20, 64))
def test_no_two_names_become_one(one: str, other: str, limit: int) -> None:
    stage = Stage("an-app-with-a-long-name")
    found, second = stage.called(one, limit), stage.called(other, limit)
    assert len(found) <= limit
    assert (found == second) is (one == other)


@given(st.lists(st.sampled_from(["a", "b", "dev", "eu", "x1"]), min_size=2, max_size=5), st.data())
def test_two_stages_of_an_app_never_share_a_name(parts: list[str], data: st.DataObject) -> None:
    one, other = (data.draw(st.integers(1, len(parts) - 1)) for _ in range(2))
    names = {("-".join(parts[:cut]), "-".join(parts[cut:])) for cut in (one, other)}
    assert len({Stage("shop", stage).called(name) for stage, name in names}) == len(names)


def test_only_dev_keeps_nothing() -> None:
    assert [Stage("a", name).keeps_data for name in ("dev", "prod", "test")] == [False, True, True]


@pytest.mark.parametrize("name", ["", "Prod", "1a", "a_b", "a-", "x" * 17, "${x}", "a b", "../x", "dev\n"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(PortableError, match="is not the name of a stage"):
        check_stage("shop", name)
