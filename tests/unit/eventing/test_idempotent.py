"""The declaration `Idempotent`: which tables can hold its records."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from portable.errors import DeclarationError, InvalidValue
from portable.persistence.idempotency import Idempotent
from portable.persistence.idempotency_calls import record_key
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
    assert record_key("work", 17) == "work/17"
    odd = [record_key("work", key) for key in ("x" * 1000, "ü" * 200, "a\x00b", "a\x00c")]
    assert all(key.startswith("work/sha256:") and len(key) < 100 for key in odd)
    assert len(set(odd)) == 4
    for empty in (None, ""):
        with pytest.raises(InvalidValue, match="work"):
            record_key("work", empty)
