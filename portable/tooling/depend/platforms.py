"""Takes a host's C library and architecture; returns uv's name of the platform whose wheels run there."""

from __future__ import annotations

from portable.errors import PortableError

GLIBC = ((2, 17), (2, 28), *((2, minor) for minor in range(31, 41)))
"""The versions that uv has a platform for (`uv pip compile --help`, --python-platform)."""
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}


def wheel_platform(libc: str, architecture: str) -> str:
    """Return uv's platform for "glibc 2.26" or "musl 1.2": the newest one whose wheels the host can load."""
    name, _, version = libc.partition(" ")
    machine = MACHINES.get(architecture, architecture)
    if name == "musl":
        return f"{machine}-unknown-linux-musl"
    host = number(version)
    fitting = [known for known in GLIBC if known <= host]
    if name != "glibc" or not fitting:
        raise PortableError(f"no wheels are made for {libc}: correct platform.toml of the target")
    major, minor = fitting[-1]
    return f"{machine}-manylinux_{major}_{minor}"


def number(version: str) -> tuple[int, int]:
    """Return "2.26" as two numbers, which compare."""
    major, _, minor = version.partition(".")
    return int(major), int(minor or 0)
