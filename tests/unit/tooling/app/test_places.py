"""Places of an app, written so that a terminal can open them."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.tooling.app.places import clickable, place_and_text, shown, split_place


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "my shop"
    (folder / "sub").mkdir(parents=True)
    for path in ("app.py", "sub/api.py", "pyproject.toml"):
        (folder / path).write_text("")
    return folder


def test_each_place_of_the_app_is_relative_to_here_or_absolute(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "app.py:3: taken: the other is at sub/api.py:12, see pyproject.toml:1"
    monkeypatch.chdir(shop)
    assert clickable(text, shop) == text
    monkeypatch.chdir(shop.parent)
    here = "my shop/app.py:3: taken: the other is at my shop/sub/api.py:12, see my shop/pyproject.toml:1"
    assert clickable(text, shop) == here
    assert clickable(text.replace("app.py", f"{shop}/app.py"), shop) == here
    monkeypatch.chdir(shop / "sub")
    assert clickable("api.py:1 app.py:2", shop) == f"api.py:1 {shop}/app.py:2"


def test_what_is_no_file_of_the_app_stays_as_it_is(shop: Path) -> None:
    text = "/elsewhere/app.py:3, other.py:1, app.py, 12:30, http://app.py:80/"
    assert clickable(text, shop) == text
    assert shown(shop / "app.py") == str(shop / "app.py")


def test_a_place_is_a_file_and_a_line() -> None:
    assert split_place("a.py:3") == ("a.py", 3)
    assert split_place("a.py") == ("a.py", None)
    assert split_place("C:\\a.py:3") == ("C:\\a.py", 3)
    assert split_place("a:b.py") == ("a:b.py", None)


def test_a_message_may_begin_with_a_place() -> None:
    assert place_and_text("a.py:3: no: really") == ("a.py:3", "no: really")
    assert place_and_text("no place: really") == (None, "no place: really")
