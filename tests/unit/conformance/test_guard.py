from typing import Any

import pytest

from portable.conformance.guard import Unweakened, deviates, weakened


class Suite(Unweakened):
    def test_one(self) -> None: ...
    def test_two(self) -> None: ...


def sentences(**members: Any) -> list[str]:
    return list(weakened(type("TestStore", (Suite,), members)))


def test_a_harness_that_keeps_every_test_passes() -> None:
    assert sentences() == []
    assert sentences(test_more=lambda self: None) == []


def test_a_test_that_is_dropped_or_replaced_without_a_reason_is_named() -> None:
    assert "removed test_one of Suite" in sentences(test_one=None)[0]
    assert "replaced test_two of Suite" in sentences(test_two=lambda self: None)[0]
    assert "replaced" in sentences(test_nothing_of_the_suite_is_weakened=lambda self: None)[0]


def test_a_reason_allows_a_deviation() -> None:
    @deviates("this store counts in pages")
    def other(self: Any) -> None: ...

    assert sentences(test_one=other) == []

    @pytest.mark.xfail(reason="the server lacks it")
    def failing(self: Any) -> None: ...

    assert sentences(test_one=failing) == []


def test_a_reason_must_be_one() -> None:
    with pytest.raises(ValueError, match="not a reason"):
        deviates("broken")


def test_a_suite_that_shadows_its_own_tests_is_named() -> None:
    class Other(Unweakened):
        def test_one(self) -> None: ...

    joined = type("TestStore", (Suite, Other), {})
    assert list(weakened(joined)) == ["TestStore replaced test_one of Other without a reason: mark it with deviates(…)"]


def test_a_harness_that_is_skipped_as_a_whole_is_named() -> None:
    assert "skip" in sentences(pytestmark=pytest.mark.skip(reason="slow"))[0]
