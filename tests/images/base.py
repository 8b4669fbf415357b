"""A base image of this machine's own Python, without a shell, and Buildah and Podman with a store of their own.

No registry of images is asked. https://buildah.io, https://podman.io
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers.install import debian_program

from portable.tooling.depend.uv import run_uv

BASE = "localhost/portable-base"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
LEFT_OUT = ("__pycache__", "site-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3", "config-*")
WHEELS_NEED = (
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "libresolv.so.2",
    "libgcc_s.so.1",
    "libstdc++.so.6",
)
"""The parts of the C library that a manylinux wheel finds on every system (PEP 513)."""
_DOCKERFILE = """FROM scratch
COPY root /
ENV PATH=/usr/local/bin LD_LIBRARY_PATH=/usr/local/lib
"""


@dataclass(frozen=True)
class Builder:
    """Programs that build and run images in a store of their own."""

    store: Path
    buildah: str
    podman: str

    def build(self, folder: Path, tag: str, *more: str) -> None:
        """Build the context in a folder. Without `chroot` a build needs cgroups that not every machine has."""
        self.run(
            self.buildah,
            ("bud", "--isolation=chroot", "--format=docker", "--network=host", f"--tag={tag}", *more, str(folder)),
        )

    def containers(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Podman; return how it ended."""
        runtime = ["--runtime=runc", "--cgroup-manager=cgroupfs"] if shutil.which("runc") else []
        return self._call(self.podman, [*runtime, *arguments])

    def alone(self) -> Path:
        """Return a program that is Podman with this store, and lets containers have what this machine lets them have."""
        settings, program = self.store / "containers.conf", self.store / "podman"
        settings.write_text(_SETTINGS.format(runtime="runc" if shutil.which("runc") else "crun"), encoding="utf-8")
        own = f"--root={self.store / 'root'} --runroot={self.store / 'run'}"
        program.write_text(f'#!/bin/sh\nCONTAINERS_CONF={settings} exec {self.podman} {own} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        return program

    def run(self, program: str, arguments: Sequence[str]) -> str:
        """Run a program that must succeed; return what it printed."""
        done = self._call(program, arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _call(self, program: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        own = [f"--root={self.store / 'root'}", f"--runroot={self.store / 'run'}"]
        return subprocess.run([program, *own, *arguments], capture_output=True, text=True, check=False, timeout=600)


_SETTINGS = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
runtime = "{runtime}"
cgroup_manager = "cgroupfs"
"""


def builder(store: Path) -> Builder:
    """Return the programs. Skips where they are missing or cannot run a container."""
    packages = ("buildah", "podman", "runc", "crun", "netavark", "aardvark-dns", "iptables", "catatonit")
    found = Builder(
        store,
        debian_program(lambda: shutil.which("buildah"), *packages),
        debian_program(lambda: shutil.which("podman"), *packages[1:]),
    )
    make_base(found, store)
    done = found.containers("run", "--rm", *LIMITS, BASE, "python", "-c", "")
    if done.returncode != 0:
        pytest.skip(f"Podman cannot run a container on this machine: {done.stderr.strip().splitlines()[-1]}")
    return found


LIMITS = ("--network=host", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000")
"""What a machine without all cgroups and rights lets a container have."""


def make_base(made: Builder, folder: Path) -> None:
    """Make the base image: Python, the shared libraries that it loads, pip and certificates."""
    root = folder / "base" / "root"
    home, library = Path(sys.base_prefix), root / "usr" / "local" / "lib" / f"python{VERSION}"
    shutil.copytree(home / "lib" / f"python{VERSION}", library, ignore=shutil.ignore_patterns(*LEFT_OUT))
    program = root / "usr" / "local" / "bin" / "python"
    program.parent.mkdir(parents=True)
    shutil.copy2(os.path.realpath(sys.executable), program)
    for file in (home / "lib").glob("libpython3*.so*"):
        shutil.copy2(file, library.parent)
    loaded = _libraries([program, *library.glob("lib-dynload/*.so")])
    beside = {folder / name for folder in {path.parent for path in loaded} for name in WHEELS_NEED}
    for path in loaded | {path for path in beside if path.is_file()}:
        if not path.is_relative_to(home):
            _copy(path, root)
    shared_folder(root / "tmp")
    certificates = Path("/etc/ssl/certs/ca-certificates.crt")
    if certificates.is_file():
        _copy(certificates, root)
    pip = run_uv(
        ["pip", "install", "--quiet", f"--target={library / 'site-packages'}", f"--python={sys.executable}", "pip"]
    )
    assert pip.returncode == 0, pip.stderr
    (folder / "base" / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
    made.build(folder / "base", BASE)


def settings_of_pip() -> list[str]:
    """Return the options by which a build sees what pip on this machine is told of indexes and certificates."""
    files = (Path("/etc/pip.conf"), Path("~/.config/pip/pip.conf").expanduser())
    return [f"--volume={file}:{file}:ro" for file in files if file.is_file()]


def _libraries(files: Sequence[Path]) -> set[Path]:
    done = subprocess.run(["ldd", *map(str, files)], capture_output=True, text=True, check=False)
    return {Path(found) for found in re.findall(r"(?:=> |\t)(/\S+) \(0x", done.stdout)}


def shared_folder(folder: Path) -> None:
    """Make a folder that every user may write into, as `/tmp` is: a file system that is mounted there takes its rights."""
    folder.mkdir(parents=True)
    folder.chmod(0o1777)


def _copy(file: Path, root: Path) -> None:
    to = root / file.relative_to("/")
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(file, to)
