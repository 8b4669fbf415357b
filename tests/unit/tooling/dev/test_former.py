"""Values that secrets had before stay hidden, and nothing that is kept tells them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portable.settings.dotenv import FILE
from portable.tooling.dev.former import NAME, Former
from portable.tooling.dev.journal.redacted import Cleaner
from portable.tooling.dev.secrets import KnownSecrets, redactor
from portable.tooling.dev.state import FOLDER

OLD, NEW = "s3cret-of-spring/=", "another one, of autumn"


def known(project: Path, value: str) -> KnownSecrets:
    (project / FILE).write_text(f"key='{value}'\n")
    found = KnownSecrets(project)
    found.named(["key"])
    return found


def test_a_value_that_was_replaced_is_hidden_by_later_processes(tmp_path: Path) -> None:
    redactor(known(tmp_path, OLD))("read once")
    hide = redactor(known(tmp_path, NEW))
    assert hide(f"a {OLD} and {OLD}, {NEW}!") == "a *** and ***, ***!"
    assert hide("s3cret-of-spring%2F%3D in a query") == "*** in a query"
    assert hide("nothing of it: s3cret-of-summer/= é") == "nothing of it: s3cret-of-summer/= é"


def test_what_is_kept_holds_neither_value(tmp_path: Path) -> None:
    redactor(known(tmp_path, OLD))("")
    redactor(known(tmp_path, NEW))("")
    file = tmp_path / FOLDER / NAME
    text = file.read_text()
    assert OLD[:6] not in text
    assert NEW[:6] not in text
    assert file.stat().st_mode & 0o777 == 0o600
    size = file.stat().st_size
    redactor(known(tmp_path, NEW))("")
    assert file.stat().st_size == size  # what is known is not written again


def test_a_value_that_comes_back_is_hidden_as_the_one_of_now(tmp_path: Path) -> None:
    for value in (OLD, NEW, OLD):
        hide = redactor(known(tmp_path, value))
        hide("read")
    assert hide(f"{OLD} {NEW}") == "*** ***"


def test_a_secret_that_is_gone_from_the_app_stays_hidden(tmp_path: Path) -> None:
    redactor(known(tmp_path, OLD))("")
    later = KnownSecrets(tmp_path)
    later.named([])
    assert Cleaner(later).plain({"row": {"key": OLD}, "data": f"x{OLD}".encode()})["row"] == {"key": "***"}
    assert Cleaner(later).octets(f"x{OLD}y".encode()) == b"x***y"


def test_a_file_that_was_not_written_to_its_end_and_a_folder_that_cannot_be_written_harm_nothing(
    tmp_path: Path,
) -> None:
    redactor(known(tmp_path, OLD))("")
    file = tmp_path / FOLDER / NAME
    file.write_bytes(file.read_bytes() + b"\n0101 1")
    assert redactor(known(tmp_path, NEW))(OLD) == "***"
    assert redactor(known(tmp_path, "a third one"))(f"{OLD} {NEW}") == "*** ***"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ".portable").write_text("")  # where a folder should be
    former = Former(tmp_path / "other")
    former.learn([OLD])
    assert former(OLD) == OLD
    assert not former.knows
    os.unlink(tmp_path / "other" / ".portable")


def test_a_value_beside_itself_is_hidden_and_what_follows_stays(tmp_path: Path) -> None:
    redactor(known(tmp_path, "x" * 10))("read")
    assert redactor(known(tmp_path, NEW))("a" + "x" * 11 + "yz") == "a***xyz"


def test_a_short_value_that_was_a_secret_is_a_word_again(tmp_path: Path) -> None:
    assert redactor(known(tmp_path, "test"))("a test") == "a ***"
    assert redactor(known(tmp_path, NEW))(f"a test with {NEW}") == "a test with ***"
    redactor(known(tmp_path, "123456"))("read")
    redactor(known(tmp_path, NEW))("read")
    kept = (tmp_path / FOLDER / NAME).read_text().splitlines()
    lengths = {int(line.split()[1]) for line in kept[1:]}
    assert min(lengths) >= len(NEW), "the base64 of a short value tells the value to who tries all"


@pytest.mark.parametrize("damage", [b"", b"no salt", b"\xc3\n0101 1 ab", b"abcd\n"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / FOLDER / NAME
    file.parent.mkdir(parents=True)
    file.write_bytes(damage)
    assert redactor(known(tmp_path, OLD))(f"a {OLD}") == "a ***"
    assert redactor(known(tmp_path, NEW))(f"a {OLD}") == "a ***"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in file.parent.iterdir()] == [NAME]


def test_values_are_forgotten_when_the_file_is_deleted(tmp_path: Path) -> None:
    file = tmp_path / FOLDER / NAME
    hide = known(tmp_path, OLD)
    redactor(hide)("read")
    file.unlink()
    (tmp_path / FILE).write_text(f"key='{NEW}'\n")
    redactor(hide)("read again, by the process that runs")
    assert file.stat().st_mode & 0o777 == 0o600
    assert redactor(known(tmp_path, "a third one"))(f"{OLD} {NEW}") == f"{OLD} ***"
