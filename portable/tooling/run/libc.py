"""Takes the shared objects of a bundle and the C library of its host; returns those that need a newer one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from portable.tooling.depend.dist_info import owned
from portable.tooling.depend.platforms import number

_GLIBC = re.compile(rb"GLIBC_(\d{1,3})\.(\d{1,3})")
_OBJECT = re.compile(r"\.so(\.\d+)*$")


def newest_glibc(data: bytes) -> tuple[int, int] | None:
    """Return the newest version of glibc that a shared object asks for, None when it asks for none.

    The names stand as text in the object's table of needed versions (Linux Standard Base, "Symbol Versioning").
    """
    if data[:4] != b"\x7fELF":
        return None
    return max(((int(major), int(minor)) for major, minor in _GLIBC.findall(data)), default=None)


def too_new(files: Mapping[str, bytes], libc: str) -> Iterator[str]:
    """Yield a sentence for each shared object that a host with this C library, such as "glibc 2.34", cannot load."""
    name, _, version = libc.partition(" ")
    owners = {path: f"{item.name} {item.version}" for item in owned(files).values() for path in item.paths}
    for path in sorted(files):
        needed = newest_glibc(files[path]) if _OBJECT.search(path) else None
        if needed is not None and (name != "glibc" or needed > number(version)):
            owner = owners.get(path, "the app's own files")
            yield f"{path} of {owner} needs glibc {needed[0]}.{needed[1]}, but the host has {libc if name != 'glibc' else version}"
