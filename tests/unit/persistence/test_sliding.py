"""Calls in sliding windows: no window holds more than its limit, and a place is free again when its call is one window old."""

from __future__ import annotations

from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portable.persistence.sliding import FINE, Full, counted, states, step_of

NOW = 1_800_000_000_000
LIMITS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 9)), min_size=1, max_size=3, unique_by=lambda each: each[1]
)
STEPS = st.lists(st.integers(0, 2500), min_size=1, max_size=40)
"""Milliseconds between calls."""


@settings(max_examples=50)
@given(LIMITS, STEPS)
def test_who_is_let_in_is_exactly_who_finds_a_place_in_every_window(
    limits: list[tuple[int, int]], steps: list[int]
) -> None:
    stored, now, let_in = b"", NOW, list[int]()
    for step in steps:
        now += step
        inside = [[at for at in let_in if at + seconds * 1000 > now] for _, seconds in limits]
        left = [max(0, calls - len(found)) for found, (calls, _) in zip(inside, limits, strict=True)]
        free = [
            found[len(found) - calls] + seconds * 1000 - now
            for found, (calls, seconds) in zip(inside, limits, strict=True)
            if len(found) >= calls
        ]
        if free:
            with pytest.raises(Full) as full:
                counted(stored, limits, now)
            assert (full.value.wait, [each for each, _ in full.value.states]) == (max(free), left)
            continue
        stored = counted(stored, limits, now)
        let_in.append(now)
        assert states(stored, limits, now) == [
            (places - 1, min([*found, now]) + seconds * 1000 - now)
            for places, found, (_, seconds) in zip(left, inside, limits, strict=True)
        ]


def test_a_limit_of_many_calls_lets_in_no_more_and_frees_a_place_a_400th_late() -> None:
    calls, seconds = limit = (FINE + 1, 10)
    stored, now, let_in, refused = b"", NOW, list[int](), 0
    assert [step_of((1, length)) for length in (1, 60, 3600, 86_400)] == [1, 1, 60, 1440]
    assert step_of(limit) == 25
    for number in range(1200):
        now += (number * 37) % 41
        try:
            stored = counted(stored, [limit], now)
        except Full:
            refused += 1
            assert len(let_in) - bisect_right(let_in, now - seconds * 1000 - 25) >= calls
        else:
            let_in.append(now)
            assert len(let_in) - bisect_right(let_in, now - seconds * 1000) <= calls
    assert refused
    assert len(stored) < 2048


def test_the_clock_of_another_instance_that_is_late_frees_no_place() -> None:
    limits = [(2, 10)]
    stored = counted(counted(b"", limits, NOW), limits, NOW + 5000)
    with pytest.raises(Full) as full:
        counted(stored, limits, NOW + 4000)
    assert full.value.wait == 6000
    again = counted(stored, limits, NOW + 10_000)
    assert states(again, limits, NOW + 10_000) == [(0, 5000)]


@pytest.mark.parametrize(("before", "after"), [((3, 60), (2, 60)), ((2, 60), (1000, 60)), ((1000, 60), (2, 60))])
def test_what_was_counted_by_another_limit_of_the_same_time_counts_on(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    stored = b""
    for late in (0, 1, 2)[: before[0]]:
        stored = counted(stored, [before], NOW + late)
    ((left, wait),) = states(stored, [after], NOW + 10)
    assert left == max(0, after[0] - min(3, before[0]))
    assert 59_990 - 3 <= wait <= 60_000 + 2 * max(map(step_of, (before, after)))
    if left == 0:
        with pytest.raises(Full) as full:
            counted(stored, [after], NOW + 10)
        assert counted(stored, [after], NOW + 10 + full.value.wait)
    assert states(stored, [(5, 30)], NOW) == [(5, 0)]  # of another time nothing is known


def test_the_window_of_another_version_is_kept_until_it_ends() -> None:
    day, second = (2, 86_400), (5, 1)
    stored = counted(counted(b"", [second, day], NOW), [second], NOW + 10)
    assert states(stored, [day], NOW + 10) == [(1, 86_400_000 + step_of(day) - 1 - 10 - NOW % step_of(day))]
    ended = NOW + 2 * 86_400_000
    assert len(counted(stored, [second], ended)) == len(counted(b"", [second], ended))


def test_more_calls_than_a_stored_step_holds_are_all_counted() -> None:
    limit, stored = (1_000_000, 86_400), b""
    for _ in range(3):
        stored = counted(stored, [limit], NOW)
    many = stored[:-4] + (65_535).to_bytes(4, "little")
    found = counted(counted(many, [limit], NOW), [limit], NOW)
    assert states(found, [limit], NOW)[0][0] == 1_000_000 - 65_535 - 2
