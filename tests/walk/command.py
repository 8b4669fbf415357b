"""The command `portable` in this process: its arguments and a folder in, its exit code and what it printed out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from portable.tooling.cli import main


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: object
    stdout: str
    stderr: str


Command = Callable[..., Done]


def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Return the command. What it starts in other processes still reaches the same stderr."""

    def run(*arguments: str, folder: object, code: int | None = 0) -> Done:
        monkeypatch.chdir(str(folder))
        monkeypatch.setattr("sys.argv", ["portable", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main.run()
        done = Done(ended.value.code, *capfd.readouterr())
        assert code is None or code == done.returncode, done.stderr
        return done

    return run
