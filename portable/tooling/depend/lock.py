"""Requirements -> exact versions with hashes for another platform and Python, resolved by uv."""

from __future__ import annotations

import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.depend.requirements import normalised
from portable.tooling.depend.uv import run_uv


class DependencyError(PortableError):
    """A dependency cannot be had for the target; the message names it."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A locked dependency: name, version and the sha256 hashes of the files that may be installed."""

    name: str
    version: str
    hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to resolve, and for where: `platform` is uv's name of it, `provided` what the host has already."""

    requirements: tuple[str, ...]
    platform: str
    python: str
    provided: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lock:
    """The result: `text` is what an installer reads, `provided` what was resolved but is left to the host."""

    text: str
    requirements: tuple[Requirement, ...]
    provided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    version: str
    hashes: tuple[str, ...]
    because: tuple[str, ...]
    line: str


def lock(wanted: Wanted, project: Path) -> Lock:
    """Resolve with the uv settings of the project's folder. Raises DependencyError naming what cannot be had."""
    with tempfile.TemporaryDirectory(prefix="portable-") as temporary:
        source = Path(temporary, "requirements.in")
        source.write_text("".join(f"{line}\n" for line in wanted.requirements), encoding="utf-8")
        done = run_uv(
            [
                "pip",
                "compile",
                "--quiet",
                str(source),
                "--generate-hashes",
                "--no-header",
                "--annotation-style=split",
                "--only-binary=:all:",
                f"--python-platform={wanted.platform}",
                f"--python-version={wanted.python}",
                f"--python={sys.executable}",  # spares uv a search
            ],
            project,
        )
    if done.returncode != 0:
        raise DependencyError(explain(done.stderr, wanted))
    return read_lock(done.stdout, wanted.provided)


def read_lock(text: str, provided: frozenset[str]) -> Lock:
    """Return what uv resolved, without what the host provides and what only that needs."""
    entries = _entries(text)
    dropped: set[str] = set()
    while True:
        more = {
            entry.name
            for entry in entries
            if entry.name not in dropped
            and (entry.name in provided or (entry.because and dropped.issuperset(entry.because)))
        }
        if not more:
            break
        dropped |= more
    kept = [entry for entry in entries if entry.name not in dropped]
    return Lock(
        "".join(" \\\n    --hash=".join((entry.line, *entry.hashes)) + "\n" for entry in kept),
        tuple(Requirement(entry.name, entry.version, entry.hashes) for entry in kept),
        tuple(sorted(dropped & provided)),
    )


def _entries(text: str) -> list[_Entry]:
    found: list[_Entry] = []
    for block in re.split(r"\n(?=[^\s#])", text.strip()):
        if not block:
            continue
        first = block.splitlines()[0].removesuffix("\\").strip()
        name, _, version = first.partition("==") if "==" in first else first.partition(" @ ")
        because = re.findall(r"^\s+#(?:\s+via)?\s+(.+)$", block, re.MULTILINE)
        found.append(
            _Entry(
                normalised(name.partition("[")[0].strip()),
                version.strip(),
                tuple(re.findall(r"--hash=(\S+)", block)),
                tuple(reason if reason.startswith("-") else normalised(reason) for reason in because),
                first,
            )
        )
    return found


def explain(said: str, wanted: Wanted) -> str:
    """Return one message for what uv said, naming the dependency and the place it has no wheel for."""
    where = f"{wanted.platform}, Python {wanted.python}"
    text = " ".join(said.split())
    for pattern, problem in _PROBLEMS:
        match = re.search(pattern, text)
        if match:
            return f"dependency {match[1]} {problem.format(where)}: {_shortened(text)}"
    return f"the dependencies cannot be resolved for {where}: {_shortened(text)}"


_PROBLEMS = (
    (r"[Bb]ecause `?([\w.-]+(?:\[[^\]]*\])?[^\s`]*)`? has no (?:usable )?wheels", "has no wheel for {}"),
    (r"Wheels are required for `([^`]+)`", "has no wheel for {}"),
    (r"[Bb]ecause ([\w.-]+)\S* was not found", "was not found"),
    (r"there (?:is|are) no versions? of ([\w.-]+\S*)", "has no such version"),
)


def _shortened(text: str) -> str:
    reason = re.sub(r"^error: |No solution found when resolving dependencies:? ?|cause: |hint: .*$|[╰─▶]+ ?", "", text)
    reason = reason.strip().removesuffix(", we can conclude that your requirements are unsatisfiable.")
    return f"{reason[:600]}…" if len(reason) > 600 else reason or "uv gave no reason"
