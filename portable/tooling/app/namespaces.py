"""Dotted names below a namespace package, such as `google` -> which distribution here provides each of them.

Several distributions share the first name of a namespace package: that one of them is declared says nothing about another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec


def is_namespace(module: str) -> bool:
    """Say whether a name is that of a namespace package here: one without a file of its own."""
    spec = find_spec(module)
    return spec is not None and spec.origin is None and spec.submodule_search_locations is not None


def modules_below(names: Iterable[str], distributions: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Yield each module that the dotted names need, with those of the distributions that hold it and whether it is here.

    The last part of a name may be no module but a name in one.
    """
    held = {name: _modules(name) for name in distributions}
    done = set()
    for name in sorted(names):
        parts = name.split(".")
        for count in range(len(parts), 1, -1):
            module = ".".join(parts[:count])
            found = tuple(sorted(one for one, modules in held.items() if module in modules))
            if found:
                break
        else:
            module, found = name, ()
        if module not in done:
            done.add(module)
            yield module, found, bool(found) or _is_here(name)


def _modules(name: str) -> frozenset[str]:
    """Return the modules of a distribution, those without a file of their own left out."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        files = [file.as_posix() for file in distribution(name).files or () if file.suffix in (".py", ".so", ".pyc")]
    except PackageNotFoundError:
        return frozenset()
    # a compiled module has a tag behind its name: `_c.cpython-311-x86_64-linux-gnu.so`
    plain = (f"{folder}/{file.partition('.')[0]}" for folder, _, file in (path.rpartition("/") for path in files))
    return frozenset(path.removesuffix("/__init__").strip("/").replace("/", ".") for path in plain)


def _is_here(name: str) -> bool:
    """Say whether a module, or the one around it, is importable though no distribution lists its file."""
    for module in (name, name.rpartition(".")[0]):
        try:
            spec = find_spec(module) if module else None
        except (ImportError, ValueError):
            continue
        if spec is not None and (module == name or spec.origin is not None):
            return True
    return False
