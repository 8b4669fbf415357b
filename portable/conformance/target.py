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

`ways` runs every test twice: over the generated entries in this process (`Target.testing().host`), and over the package in
the target's own host process (`Target.testing().artifact`). `ABILITIES` lists what a
target may lack. A kind of trigger that is lacking is skipped, and `Target.check` must refuse it by name; a test that needs
any other ability that is lacking must fail. A test that is dropped or replaced fails the suite, unless it says why: see
`portable.conformance.guard`.
"""

from __future__ import annotations

from portable.conformance.target_cases import TargetTests, World, lacking, ways
from portable.conformance.target_opening import load, opened
from portable.conformance.target_parts import ABILITIES, KINDS, Parts
from portable.tooling.targets import load_target, target_names

__all__ = ["ABILITIES", "TargetSuite", "World", "opened", "ways"]


class GapTests(TargetTests):
    """The target reports exactly what it lacks."""

    def test_the_target_is_found_by_its_name(self, world: World) -> None:
        assert world.name in target_names()
        assert load_target(world.name).name == world.name

    def test_check_refuses_the_triggers_that_are_lacking_and_no_other(self, world: World) -> None:
        refused = {problem.where for problem in world.problems() if problem.error}
        refused_kinds = {
            kind for kind in KINDS if any(function.where in refused for function in load((kind,)).model.functions)
        }
        assert refused_kinds == {kind for kind, part in KINDS.items() if lacking(part, world.lacks)}

    def test_a_package_can_be_started_unless_it_is_lacking(self, world: World) -> None:
        kit = load_target(world.name).testing()
        assert kit is not None
        assert (kit.artifact is None) is ("artifact" in world.lacks)


class TargetSuite(GapTests, Parts):
    """Everything that a target promises; see `portable.tooling.target`."""
