"""Explains a failure: takes the accidents of a run and the steps of its handlers; returns sentences."""

from __future__ import annotations

from portable.testing.accidents.chaos import Calls, Chaos
from portable.testing.accidents.faults import BREAKING, RESTING, Fault
from portable.testing.cloud import Cloud

MOST_STEPS = 40
MERELY = (
    "It fails when it is simply run again from the same state: something outside of the cloud keeps state of the "
    "first run (an object of a module, a file, a fixture)"
)


def story(chaos: Chaos, cloud: Cloud, seed: int, number: int, runs: int, before: int) -> str:
    """Return what happened in the run that was the last one, and how to run it again."""
    if not chaos.done:
        return MERELY
    shrunk = f", shrunk from {before} accidents to {len(chaos.done)}" if before > len(chaos.done) else ""
    lines = [f"It passes without accidents and fails with these (schedule {number} of {runs}, seed {seed}{shrunk}):"]
    lines += [f"  {index}. {fault.tell(_calls_of(fault, cloud))}" for index, fault in enumerate(chaos.done, 1)]
    if any(fault.kind in RESTING and fault.at for fault in chaos.done):
        lines.append("The resource calls came in this order:")
        lines += steps(cloud)
    lines += [f"Dropped: {dropped}" for dropped in cloud.dropped]
    written = ", ".join(repr(fault.write()) for fault in chaos.done)
    lines.append(f"Run just this again: @at_least_once(replay=[{written}])")
    return "\n".join(lines)


def _calls_of(fault: Fault, cloud: Cloud) -> Calls:
    """Return the resource calls of the call that a fault happened to; of those it may be, the one that it broke."""
    mine = [call for call in cloud.calls if call.function == fault.function and len(call.resource_calls) >= fault.at]
    mine.sort(key=lambda call: (call.label == fault.message, call.chaos and fault.kind in BREAKING), reverse=True)
    return tuple(mine[0].resource_calls) if mine else ()


def steps(cloud: Cloud) -> list[str]:
    """Return the resource calls of the last run, numbered; of many the first ones."""
    found = cloud.inside.steps()
    lines = [f"  {number}. {step}" for number, step in enumerate(found[:MOST_STEPS], 1)]
    if len(found) > MOST_STEPS:
        lines.append(f"  … and {len(found) - MOST_STEPS} more")
    return lines


def not_reproducible(first: list[str], again: list[str], number: int, runs: int, seed: int) -> str:
    """Return the message for a schedule that failed once and passed when it was run again."""
    head = (
        f"Not reproducible: it failed under schedule {number} of {runs} (seed {seed}) and passed under the same again."
    )
    different = next((index for index, pair in enumerate(zip(first, again, strict=False)) if pair[0] != pair[1]), None)
    if different is None and len(first) != len(again):
        different = min(len(first), len(again))
    if different is None:
        why = "The handlers made the same resource calls both times, so something outside of the cloud differed: "
    else:
        one, other = (each[different] if different < len(each) else "nothing more" for each in (first, again))
        why = f"Step {different + 1} was “{one}” the first time and “{other}” the second: a handler decides by "
    return (
        f"{head}\n{why}the time, random numbers, a thread of its own, or what it remembers. "
        "@at_least_once(freeze=True) holds time and random numbers still"
    )
