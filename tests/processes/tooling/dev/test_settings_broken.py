"""A `.portable.env` that cannot be read: it is told when it is saved, and the app goes on with what it read before."""

from __future__ import annotations

from pathlib import Path

from hosts.served import Served

APP = """
from typing import Annotated
from portable import Secret, function, http

key = Secret("key")


@function(http.get("/"))
def told(value: Annotated[str, key]) -> int:
    return len(value)
"""


def test_broken_settings_are_told_when_they_are_saved_and_the_last_values_stay(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    file = tmp_path / ".portable.env"
    file.write_text("key=four-and-twenty\n")
    with Served(tmp_path) as served:
        served.until(lambda found: found.status == 200, "GET", "/")
        file.write_text("key='four-and-twenty\n")
        served.says(".portable.env:1: the value has no closing quote; the values that were read before stay")
        assert served.request("GET", "/").text == "15"
        assert "the value has no closing quote" in served.request("GET", "/_portable/").text
        (tmp_path / "app.py").write_text(APP.replace("len(value)", "-len(value)"))
        served.says("no closing quote; the last version goes on, and what was saved is loaded when the file is mended")
        assert served.request("GET", "/").text == "15"
        file.write_text("key=five\n")
        served.says("settings and secrets are read anew")
        assert served.until(lambda found: found.text == "-4", "GET", "/").status == 200
        assert "no closing quote" not in served.request("GET", "/_portable/").text


def test_an_app_and_settings_that_are_broken_from_the_beginning_are_told(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text("1 / 0")
    (tmp_path / ".portable.env").write_text("no line\n")
    with Served(tmp_path) as served:
        served.says(".portable.env:1: this line must have the form NAME=value; who asks for")
        served.says("save a file to try again")
        file.write_text("one / 0")
        assert "goes on" not in served.says("NameError: name 'one' is not defined\nportable: save a file to try again")
        file.write_text(APP)
        assert served.until(lambda found: found.status == 500, "GET", "/").status == 500
