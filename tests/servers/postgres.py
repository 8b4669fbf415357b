"""Debian's PostgreSQL on a loopback port: nothing in, the addresses of one server out. Nothing is kept.

The administrator `postgres` needs no password. Every other role needs its password and TLS.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers.certificate import make_certificate
from servers.install import debian_program
from servers.process import free_port, running
from servers.waiting import until

ACCESS = """
host all postgres 127.0.0.1/32 trust
hostssl all all 127.0.0.1/32 scram-sha-256
"""
SETTINGS = {
    "fsync": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "ssl": "on",
    "ssl_cert_file": "server.pem",
    "ssl_key_file": "server.pem",
    "unix_socket_directories": "",
}


@dataclass(frozen=True)
class Postgres:
    """A running server. `uri` is the administrator's; `certificate` is the one to trust."""

    port: int
    certificate: Path
    process: subprocess.Popen[bytes]

    @property
    def uri(self) -> str:
        """The administrator's connection URI, without TLS."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres?sslmode=disable"

    def uri_of(self, role: str, password: str, sslmode: str = "verify-full") -> str:
        """Return the connection URI of another role."""
        return (
            f"postgresql://{role}:{password}@127.0.0.1:{self.port}/postgres"
            f"?sslmode={sslmode}&sslrootcert={self.certificate}"
        )


def installed() -> str:
    """Return the server's program, installed from Debian's package if need be. Skips without it."""
    return debian_program(_server, "postgresql")


def _server() -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return str(found[-1]) if found else shutil.which("postgres")


@contextmanager
def postgres(port: int | None = None, folder: Path | None = None, **settings: str) -> Iterator[Postgres]:
    """Run a server until the block ends, which keeps its data in a new folder that is deleted then, or in a given one.

    `settings` are PostgreSQL's own, such as `fsync="on"`.
    """
    server, given = Path(installed()), folder
    folder = given or Path(tempfile.mkdtemp(prefix="portable-postgres-"))
    try:
        data, rank = folder / "data", _other_user(folder)
        init = [*rank, server.with_name("initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync"]
        init += ["-E", "UTF8", "--locale=C"]
        subprocess.run([str(part) for part in init], check=True, capture_output=True, cwd=folder, timeout=60)
        certificate = data / "server.pem"
        make_certificate(certificate)
        certificate.chmod(0o600)
        shutil.chown(certificate, *_owner(data))
        (data / "pg_hba.conf").write_text(ACCESS)
        with serving(folder, port or free_port(), **settings) as served:
            yield served
    finally:
        if given is None:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(folder: Path, port: int, **settings: str) -> Iterator[Postgres]:
    """Run the server of a folder that `postgres` made until the block ends."""
    given = {**SETTINGS, "port": str(port), **settings}
    options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
    command = [*_other_user(folder), installed(), "-D", folder / "data", *options]
    with running(command, port, folder / "log", folder=folder) as process:
        ready = [str(Path(installed()).with_name("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(port)]
        try:
            until(lambda: subprocess.run(ready, check=False).returncode, lambda status: status == 0)
            yield Postgres(port, folder / "data" / "server.pem", process)
        finally:
            process.send_signal(signal.SIGINT)  # ends sessions too; the SIGTERM of `running` would wait for them
            process.wait(20)


def _owner(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid


def _other_user(folder: Path) -> list[str]:
    """Return the command that leaves root, as which the server refuses to run. The folder is then the other user's."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres", "postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
