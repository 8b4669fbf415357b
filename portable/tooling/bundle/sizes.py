"""Takes a bundle's files; checks their unpacked size and names the largest distributions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from portable.errors import TooLarge
from portable.tooling.depend.dist_info import owned

SHOWN = 10
"""Distributions that the message lists."""


def check_size(files: Mapping[str, bytes], limit: int | None, title: str) -> None:
    """Raise TooLarge, naming the largest distributions, when files are more than the target takes unpacked."""
    total = sum(map(len, files.values()))
    if limit is None or total <= limit:
        return
    sizes = Counter[str]()
    owner = {path: f"{item.name} {item.version}" for item in owned(files).values() for path in item.paths}
    for path, data in files.items():
        sizes[owner.get(path) or owner.get(_source(path)) or "the app's own files"] += len(data)
    largest = ", ".join(f"{name} {size:,} bytes" for name, size in sizes.most_common(SHOWN))
    raise TooLarge(
        f"the artifact has {total:,} bytes unpacked, but {title} allows {limit:,}: remove or replace large dependencies, "
        f"or leave out files of the app by [tool.portable] exclude. The largest: {largest}"
    )


def _source(path: str) -> str:
    """Return the source of a .pyc in __pycache__, which belongs to the source's distribution."""
    folder, _, name = path.rpartition("/")
    parent = folder.removesuffix("__pycache__")
    return f"{parent}{name.partition('.')[0]}.py" if parent != folder else path
