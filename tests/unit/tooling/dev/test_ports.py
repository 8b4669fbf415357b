"""A port in use is told with a command that serves the same app on another one."""

from __future__ import annotations

import socket

import pytest

from portable.tooling.dev import ports
from portable.tooling.dev.ports import OTHER, PortInUse, listening, with_port


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["dev"], "portable dev --port 9"),
        (["dev", "/tmp/my shop", "--port", "8", "--https"], "portable dev '/tmp/my shop' --https --port 9"),
        (["dev", "-p", "8", "shop"], "portable dev shop --port 9"),
        (["dev", "--port=8", "shop", "-p8"], "portable dev shop --port 9"),
    ],
)
def test_the_proposed_command_keeps_the_folder_and_all_other_options(arguments: list[str], command: str) -> None:
    assert with_port(arguments, 9) == command


def test_the_command_that_holds_the_port_is_shown_whole() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        with pytest.raises(PortInUse) as raised:
            listening("127.0.0.1", held.getsockname()[1], ["dev", "shop"])
    assert f"portable dev shop --port {raised.value.free}" in str(raised.value)


def test_a_port_that_nobody_holds_any_more_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]

        def ends(_port: int) -> str:
            """Nobody is found below /proc: the one who had it was killed, and its socket is closed just now."""
            held.close()
            return OTHER

        monkeypatch.setattr(ports, "holder", ends)
        with listening("127.0.0.1", port) as found:
            assert found.getsockname()[1] == port
