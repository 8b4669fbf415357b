"""`assert_idempotent`: run twice, broken after every side effect; a careful handler is never accused."""

from __future__ import annotations

import pytest
from unit.testing import idempotency_app as app

from portable.testing import NotIdempotent, assert_idempotent, events


def test_a_careful_handler_passes_with_its_times_and_messages() -> None:
    assert_idempotent(app.careful, events.message("ada"))


def test_adding_twice_is_found() -> None:
    with pytest.raises(NotIdempotent, match=r"ran a second time(.|\n)*'ada'.balance: 5 after one run, 10 now"):
        assert_idempotent(app.careless, events.message(5))


def test_rows_under_random_keys_are_found() -> None:
    with pytest.raises(NotIdempotent, match="table journal"):
        assert_idempotent(app.write, events.http("POST", "/journal", content="x"))


def test_a_crash_between_two_side_effects_is_found() -> None:
    with pytest.raises(NotIdempotent, match=r"after a crash after table journal.put \(its resource call 2\)"):
        assert_idempotent(app.half, events.tick("2026-01-01T00:00"))


def test_the_state_that_is_given_is_where_it_begins() -> None:
    def given(cloud) -> None:
        cloud.table(app.journal).put({"id": "2026-01-01T00:00:00+00:00"})

    assert_idempotent(app.half, events.tick("2026-01-01T00:00"), given=given)


def test_a_handler_that_fails_says_so() -> None:
    with pytest.raises(Exception, match="body: "):
        assert_idempotent(app.careless, events.message("five"))


def test_a_request_whose_handler_fails_says_so() -> None:
    with pytest.raises(KeyError, match="missing"):
        assert_idempotent(app.broken, events.http("POST", "/broken"))


def test_a_handler_that_is_made_idempotent_passes_though_it_dies_as_the_holder_of_its_key() -> None:
    assert_idempotent(app.refund, events.message("ada"))
    assert_idempotent(app.ask, events.http("POST", "/refunds", content="ada", headers={"Idempotency-Key": "k-1"}))
