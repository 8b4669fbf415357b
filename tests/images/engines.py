"""Images of engines, made of the files of this machine: PostgreSQL of Debian, and the nats-server that all tests use.

They stand in for `postgres` and `nats:…-alpine`, with the same user, volumes, variables and health checks.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from images.base import Builder, shared_folder
from servers.install import debian_program
from servers.nats import installed

POSTGRES, NATS = "localhost/postgres:test", "localhost/nats:test"
_START = """#!/bin/sh
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  echo "$POSTGRES_PASSWORD" > /tmp/password
  initdb --username=postgres --pwfile=/tmp/password --auth=scram-sha-256 --no-locale --encoding=UTF8 > /dev/null
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  echo "create database $POSTGRES_DB" | postgres --single -j postgres > /dev/null
fi
exec "$@" -c listen_addresses='*' -c unix_socket_directories=/tmp
"""
_POSTGRES = """FROM scratch
COPY root /
COPY --chown=999:999 owned /
ENV PGDATA=/var/lib/postgresql/data PATH={programs}:/bin
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/sh", "/start.sh"]
CMD ["postgres"]
"""
_NATS = """FROM scratch
COPY root /
ENV PATH=/bin
ENTRYPOINT ["nats-server"]
"""


def make_engines(made: Builder, folder: Path) -> None:
    """Make both images."""
    _postgres(made, folder / "postgres")
    _nats(made, folder / "nats")


def _postgres(made: Builder, folder: Path) -> None:
    root = folder / "root"
    server = Path(debian_program(_server, "postgresql"))
    version = server.parents[1].name
    for path in (server.parents[1], Path("/usr/share/postgresql") / version, Path("/usr/share/zoneinfo")):
        shutil.copytree(path, root / path.relative_to("/"), symlinks=False, ignore=shutil.ignore_patterns("bitcode"))
    _shell(root)
    libraries(root, [*server.parent.iterdir(), *(server.parents[1] / "lib").glob("*.so")])
    _write(root / "etc" / "passwd", "root:x:0:0::/:/bin/sh\npostgres:x:999:999::/tmp:/bin/sh\n")
    _write(root / "start.sh", _START)
    shared_folder(root / "tmp")
    for owned in ("run/postgresql", "var/lib/postgresql/data"):
        (folder / "owned" / owned).mkdir(parents=True)
    _write(folder / "Dockerfile", _POSTGRES.format(programs=server.parent))
    made.build(folder, POSTGRES)


def _nats(made: Builder, folder: Path) -> None:
    root = folder / "root"
    _shell(root)
    shutil.copy2(installed(), root / "bin" / "nats-server")
    shared_folder(root / "tmp")
    (root / "data").mkdir()
    _write(folder / "Dockerfile", _NATS)
    made.build(folder, NATS)


def _server() -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return str(found[-1]) if found else None


def _shell(root: Path) -> None:
    busybox = debian_program(lambda: shutil.which("busybox", path="/bin:/usr/bin"), "busybox-static")
    (root / "bin").mkdir(parents=True)
    for name in ("sh", "wget"):
        shutil.copy2(busybox, root / "bin" / name)


def libraries(root: Path, programs: Iterable[Path]) -> None:
    """Copy the shared libraries that programs load."""
    done = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True, check=False)
    for found in set(re.findall(r"(?:=> |\t)(/\S+) \(0x", done.stdout)):
        path = root / Path(found).relative_to("/")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, path)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
