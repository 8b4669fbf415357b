"""What the commands over a stage's data do not do by themselves, and what they say where its cloud refuses."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from conformance.stage.conftest import Place, Portable

from portable.tooling.deploy.record import read_record, write_record

only_aws = pytest.mark.parametrize("place", ["aws"], indirect=True)
"""What is the same in all clouds is tried in one."""
CHANGES = {
    "bucket files put k {file}": "Store k in files in the stage prod on aws?",
    "table notes put {row}": "Put the row asked into notes in the stage prod on aws?",
    "queue jobs redrive": "Send 0 dead letters back to jobs in the stage prod on aws?",
    "queue jobs purge": "Delete 0 messages in jobs in the stage prod on aws?",
    "queue jobs peek": "A look takes each message, and counts as one of the attempts that work has for it. Look at jobs in the "
    "stage prod on aws?",
}


@only_aws
@pytest.mark.parametrize("command", CHANGES)
def test_nothing_is_changed_without_the_word_of_the_user(
    portable: Portable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    (tmp_path / "a").write_text("a")
    asked: list[str] = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(typer, "confirm", lambda text, err: asked.append(text))
    ended = portable(command, row='{"id": "asked"}', file=str(tmp_path / "a"))
    assert (ended.code, ended.out, asked) == (1, "", [CHANGES[command]])
    assert ended.err.startswith("portable: nothing was ")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    alone = portable(command, row='{"id": "asked"}', file=str(tmp_path / "a"))
    assert alone.err.endswith("there is nobody to ask. Agree with --yes\n")
    assert "no objects" in portable("bucket files ls --prefix k").err if "bucket" in command else True
    assert "has no row" in portable("table notes get asked").err if "table" in command else True


@only_aws
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("queue jobs peek --dead", "NonExistentQueue"),
        ("table notes get a", "Requested resource not found"),
        ("bucket files ls", 'there is no bucket "files"'),
    ],
)
def test_what_was_destroyed_elsewhere_is_to_be_deployed(
    portable: Portable, place: Place, command: str, said: str
) -> None:
    record = read_record(place.order.record_file)
    assert record is not None
    moved = {
        kind: {name: f"{address}-gone" for name, address in record.outputs[kind].items()}
        for kind in ("buckets", "queues", "tables")
    }
    write_record(place.order.record_file, replace(record, outputs={**record.outputs, **moved}))
    try:
        ended = portable(command)
    finally:
        write_record(place.order.record_file, record)
    assert said in ended.err
    assert ended.err.endswith(". Deploy the stage first\n")
    assert ended.err.count("\n") == 1


@only_aws
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("queue jobs peek --dead", "Unable to locate credentials. Sign in to AWS"),
        ("bucket files ls", "(403). Ask for this right, or sign in as somebody who has it. Sign in to AWS"),
    ],
)
def test_who_is_not_signed_in_is_told_how(
    portable: Portable, monkeypatch: pytest.MonkeyPatch, command: str, said: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert said in portable(command).err


@only_aws
def test_what_waits_in_no_queue_there_is_in_the_log(portable: Portable) -> None:
    said = portable("queue hear redrive --yes").err
    assert said.startswith("portable: what hear is called with waits in no queue on aws")
    assert "`portable logs --function hear --target aws --stage prod`" in said
