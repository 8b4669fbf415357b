"""The target suite: it defines what a target is. A target that passes it is correct.

A harness is a fixture and a subclass:

    from portable.conformance.target import TargetSuite, opened, ways

    LACKS = {"topic": "My Cloud has no topics at all"}

    @pytest.fixture(scope="module", params=ways(LACKS))
    def world(request, tmp_path_factory):
        with opened("mycloud", request.param, tmp_path_factory.mktemp("mycloud"), LACKS) as world:
            yield world

    class TestMyCloud(TargetSuite):
        pass

`ways` runs every test twice: with the generated entries in this process (`Target.testing().host`), and with the package in
the target's own host process (`Target.testing().artifact`). `portable.conformance.target_cases.ABILITIES` lists what a
target may lack. If it lacks a kind of trigger, its tests are skipped, and `Target.check` must refuse that trigger by name. If
it lacks another ability, the tests that need the ability must fail. The suite fails if a test is removed or replaced without
a reason: see `portable.conformance.guard`.
"""

from __future__ import annotations

from portable.conformance.target_cases import ABILITIES, KINDS, TargetTests, World, load, opened, ways
from portable.conformance.target_events import ForeignTests, ObjectTests, ScheduleTests
from portable.conformance.target_http import RefusalTests, RequestTests
from portable.conformance.target_messages import QueueTests, TopicTests
from portable.conformance.target_replies import ReplyTests
from portable.conformance.target_streams import StreamTests
from portable.tooling.targets import load_target, target_names

__all__ = ["ABILITIES", "TargetSuite", "World", "opened", "ways"]


class GapTests(TargetTests):
    """The target reports exactly what it lacks."""

    def test_the_target_is_found_by_its_name(self, world: World) -> None:
        assert world.name in target_names()
        assert load_target(world.name).name == world.name

    def test_check_refuses_the_triggers_that_are_lacking_and_no_other(self, world: World) -> None:
        refused = {problem.where for problem in world.problems() if problem.error}
        told = {f.trigger["kind"] for f in load(tuple(KINDS)).model.functions if f.where in refused}
        assert told == {kind for kind in KINDS if kind in world.lacks}

    def test_a_package_can_be_started_unless_it_is_lacking(self, world: World) -> None:
        kit = load_target(world.name).testing()
        assert kit is not None
        assert (kit.artifact is None) is ("artifact" in world.lacks)


class TargetSuite(
    GapTests,
    RequestTests,
    RefusalTests,
    ReplyTests,
    QueueTests,
    TopicTests,
    StreamTests,
    ObjectTests,
    ScheduleTests,
    ForeignTests,
):
    """Everything that a target promises; see `portable.tooling.target`."""
