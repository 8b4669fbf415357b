"""A declared value holds what its fields say: another type is refused with the place, not read as something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from unit.tooling.entry.apps import imported

from portable import Bucket, Queue, Retry, Stream, Topic, function, http, schedule
from portable.base.values import Value
from portable.compute.function import Function
from portable.errors import DeclarationError
from portable.eventing.http import Cors
from portable.tooling.app.fields import check_fields

WRONG: tuple[tuple[Value, str], ...] = (
    (Queue("jobs", ordered="no"), r'Queue\("jobs"\): ordered must be True or False, not .no.'),  # type: ignore[arg-type]
    (Queue("jobs", delayed=1), r'Queue\("jobs"\): delayed must be True or False, not 1'),  # type: ignore[arg-type]
    (Queue("jobs", deduplicated=None), "deduplicated must be True or False, not None"),  # type: ignore[arg-type]
    (Queue("jobs").messages(batch=True), "batch must be a whole number, not True"),
    (Function("work", Queue("jobs").messages(), dead_letter="no"), "dead_letter must be True or False"),  # type: ignore[arg-type]
    (Function("work", Queue("jobs").messages(), retry=Retry(backoff=True)), "backoff must be a number or None"),
    (Function("home", http.get("/", cors=Cors(("https://a.example",), credentials="no"))), "credentials must be True"),  # type: ignore[arg-type]
)


@pytest.mark.parametrize(("value", "message"), WRONG)
def test_a_field_of_another_type_is_refused_with_the_place(value: Value, message: str) -> None:
    with pytest.raises(DeclarationError, match=message) as caught:
        check_fields(value, "shop.py:3")
    assert str(caught.value).startswith("shop.py:3: ")


@pytest.mark.parametrize(
    "value",
    [
        Queue("jobs", ordered=True, delayed=False),
        Bucket("photos").created(prefix="in/"),
        Topic("news").messages({"kind": "paid"}),
        Stream("clicks").records(batch=5),
        Function("work", schedule.cron("*/5 * * * *"), retry=Retry(2, 0.5), environment=(("A", "b"),)),
        Function("home", http.get("/", cors=Cors(("https://a.example",), credentials=True))),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_fits_is_left_alone(value: Value) -> None:
    check_fields(value, "shop.py:3")


@pytest.mark.parametrize(
    "code",
    [
        '@function(Queue("jobs", ordered="no").messages())\ndef f(m: Message[str]) -> None: ...',
        '@function(Queue("jobs").messages(), dead_letter="no")\ndef f(m: Message[str]) -> None: ...',
        '@function(http.get("/"))\ndef f(q: Annotated[QueueSender, Queue("jobs", delayed=1)]) -> None: ...',
    ],
    ids=["a trigger's resource", "an option", "a client's resource"],
)
def test_every_declaration_of_an_app_is_judged(code: str, tmp_path: Path) -> None:
    source = "from portable import QueueSender\n" + code.replace("def f", "def ff")
    with pytest.raises(DeclarationError, match=r":\d+: .*must be True or False"), imported(tmp_path, source):
        pass


@pytest.mark.parametrize("wrong", ["kind", ["kind"], 7, [("kind", "paid")]])
def test_a_filter_and_an_environment_that_are_no_mapping_are_refused(wrong: Any) -> None:
    with pytest.raises(DeclarationError, match="a filter maps names to texts"):
        Topic("news").messages(filter=wrong)
    with pytest.raises(DeclarationError, match="must map names to values"):
        function(http.get("/"), environment=wrong)
