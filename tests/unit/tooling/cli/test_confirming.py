"""What is asked before a plan is applied, and what `--yes` does not answer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import typer

from portable.errors import PortableError
from portable.tooling.cli import confirming
from portable.tooling.cli.confirming import MANY, Confirming, shown
from portable.tooling.deploy.configuration import Planned
from portable.tooling.deploy.events import Action, Change
from portable.tooling.deploy.loss import Loss

PHOTOS = Loss("bucket", "photos", "aws_s3_bucket.photos", replaced=False)


def change(action: Action, name: str = "jobs", kind: str = "aws_sqs_queue") -> Change:
    return Change(f"{kind}.{name}", kind, name, action)


PLAN = Planned((change("create"),))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What somebody at a terminal types, one after the other."""
    typed: list[str] = []
    monkeypatch.setattr(confirming, "asks", lambda: True)
    monkeypatch.setattr(typer, "prompt", lambda text, err: typed.pop(0))
    monkeypatch.setattr(typer, "confirm", lambda text, err: typed.pop(0) == "y")
    return typed


def ask(*lost: Loss, yes: bool = False, allowed: Sequence[str] = ()) -> None:
    Confirming("prod", "portable deploy", yes=yes, allowed=allowed)(PLAN, lost)


def test_without_anybody_to_ask_nothing_is_changed() -> None:
    with pytest.raises(PortableError, match=r"there is nobody to ask\. Agree with `portable deploy --yes`"):
        ask()
    ask(yes=True)


def test_somebody_may_say_no(answers: list[str]) -> None:
    answers += ["n", "y"]
    with pytest.raises(PortableError, match="nothing was changed"):
        ask()
    ask()


def test_yes_does_not_agree_to_a_loss_of_data() -> None:
    with pytest.raises(PortableError, match=r'the bucket "photos" is deleted.*\n.*--allow-data-loss photos'):
        ask(PHOTOS, yes=True)
    with pytest.raises(PortableError, match="--allow-data-loss photos"):
        ask(PHOTOS, yes=True, allowed=["other"])
    ask(PHOTOS, yes=True, allowed=["photos"])


def test_who_is_asked_types_the_name_of_the_data(answers: list[str]) -> None:
    answers += ["photo", "photos"]
    with pytest.raises(PortableError, match='"photo" is not "photos"'):
        ask(PHOTOS)
    ask(PHOTOS)
    assert answers == []


def test_a_loss_that_is_allowed_is_still_a_change_to_agree_to(answers: list[str]) -> None:
    answers += ["n"]
    with pytest.raises(PortableError, match="nothing was changed"):
        ask(PHOTOS, allowed=["photos"])


def test_what_is_changed_or_deleted_is_listed_however_much_is_new() -> None:
    new: list[Change] = [change("create", f"q{number}") for number in range(MANY + 1)]
    text = shown(Planned((*new, change("delete"), change("replace", "rows", "aws_dynamodb_table"))))
    assert f"+ {MANY + 1} x aws_sqs_queue" in text
    assert "  - aws_sqs_queue.jobs" in text
    assert "  ± aws_dynamodb_table.rows" in text
    assert text.endswith(f"{MANY + 1} made, 1 made anew, 1 deleted")
