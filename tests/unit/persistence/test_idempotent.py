"""The declaration `Idempotent`: which tables can hold its records."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest

from portable.errors import DeclarationError, InvalidValue
from portable.persistence.idempotency import Idempotent
from portable.persistence.idempotency_keys import record_key
from portable.persistence.table import Key, Table

SEEN = Table("seen", key="id", ttl="expires")


def test_a_result_is_kept_for_a_day_unless_said_otherwise() -> None:
    assert Idempotent(SEEN).seconds == 86_400
    assert Idempotent(SEEN, ttl=timedelta(minutes=5)).seconds == 300


def test_a_table_that_cannot_hold_records_is_refused() -> None:
    wrong: list[dict[str, Any]] = [
        {"table": "seen"},
        {"table": Table("seen", key="id", sort="n")},
        {"table": Table("seen", key=Key("id", int))},
        {"table": Table("seen", key="state")},
        {"table": Table("seen", key="id", ttl="until")},
        {"table": SEEN, "key": "order_id"},
        {"table": SEEN, "ttl": timedelta(0)},
        {"table": SEEN, "ttl": 60},
    ]
    for fields in wrong:
        with pytest.raises(DeclarationError, match="Idempotent"):
            Idempotent(**fields)


def test_a_key_is_text_with_the_functions_name_and_a_digest_when_it_is_long_or_odd() -> None:
    assert record_key("work", "o-1") == "work/o-1"
    assert record_key("work", 17) == "work/int:17"
    odd = [record_key("work", key) for key in ("x" * 1000, "ü" * 200, "a\x00b", "a\x00c")]
    assert all(key.startswith("work/sha256:") and len(key) < 100 for key in odd)
    assert len(set(odd)) == 4
    for empty in (None, ""):
        with pytest.raises(InvalidValue, match="work"):
            record_key("work", empty)


class Colour(Enum):
    RED = 1


def test_no_two_different_keys_share_a_record() -> None:
    keys: list[Any] = [1, "1", 1.0, True, "True", "int:1", "str:1", b"1", (1,), ("1",), (1, "1"), ((1,), "1"), "(1,)"]
    keys += [Decimal(1), UUID(int=1), str(UUID(int=1)), date(2026, 1, 1), "2026-01-01", Colour.RED, "enum:Colour.int:1"]
    keys += [(None, 1), ("None", 1), ("", 1), ("''", 1), ((), 1), ("()", 1), ("missing:None", 1)]
    assert len({record_key("work", key) for key in keys}) == len(keys)
    assert len({record_key("work", key, caller) for key in keys for caller in ("a", "b", 1, "1")}) == 4 * len(keys)


def test_a_caller_is_kept_as_a_hash_only() -> None:
    assert record_key("work", "k", "Bearer secret").startswith("work/sha256:")
    assert record_key("work", "k", "a") != record_key("work", "k") != record_key("work", "k", "b")


def test_a_key_whose_text_may_change_from_call_to_call_is_refused() -> None:
    for key in (object(), {"a": 1}, {1, 2}, lambda: 1):
        with pytest.raises(InvalidValue, match="Return text, a number"):
            record_key("work", key)


def test_a_scope_is_a_function_or_the_word_public() -> None:
    assert Idempotent(SEEN, scope="public").scope == "public"
    with pytest.raises(DeclarationError, match="scope"):
        Idempotent(SEEN, scope="private")  # type: ignore[arg-type]
