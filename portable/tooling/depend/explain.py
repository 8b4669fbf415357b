"""Takes the output of uv; returns one message with the dependency, the file and line that require it, and a solution."""

from __future__ import annotations

import re
from urllib.parse import unquote

from portable.errors import PortableError
from portable.tooling.depend.requirement_files import distribution
from portable.tooling.depend.requirements import OPTIONS, Declared
from portable.tooling.depend.uv_settings import place_of

HARMLESS = frozenset((*OPTIONS, "--prefer-binary", "--use-feature", "--require-hashes", "--only-binary"))
"""Options of a requirements file that uv ignores and that have no effect here, or are passed on."""
WHEEL = (
    "require a version that has one, build one for that platform and name its folder with --find-links, "
    "or use a distribution without compiled code"
)


class DependencyError(PortableError):
    """A dependency cannot be installed for the target. The message names it."""


_PROBLEMS = (
    (r"[Bb]ecause `?([\w.-]+(?:\[[^\]]*\])?[^\s`]*)`? has no (?:usable )?wheels", "has no wheel for {where}", WHEEL),
    (r"Wheels are required for `([^`]+)`", "has no wheel for {where}", WHEEL),
    (
        r"[Bb]uilt wheel `([^`]+)` is not compatible",
        "was built here, but its compiled code does not run on {where}",
        WHEEL,
    ),
    (r"Failed to build `([^`]+)`", "has no wheel for {where} and cannot be built here", WHEEL),
    (r"Distribution not found at: (\S+)", "does not exist", "correct the path"),
    (r"(\S+) (?:cause: )?relative URL without a base", "does not exist", "correct the path"),
    (r"[Bb]ecause ([\w.-]+)\S* was not found", "was not found", "correct the name, or name the index that has it"),
    (r"there (?:is|are) no versions? of ([\w.-]+\S*)", "has no such version", "require another one"),
    (r"Failed to fetch: `?([^\s`]+)", "cannot be fetched", "correct the address, its credentials or the network"),
    (r"failed to read from file `([^`]+)`", "cannot be read", "correct the path"),
    (
        r"`([^`]+)` does not appear to be a Python project",
        "is no Python project",
        "give it a pyproject.toml, or correct the path",
    ),
)
_SECRET = re.compile(r"(?<=://)[^/@\s]+@")


def explain(said: str, where: str, declared: Declared | None = None, path: str = "") -> str:
    """Return one message for what uv said; where it is known, it begins with the place that asks.

    `path` is where the distribution comes from, when a line may name that alone.
    """
    text = _SECRET.sub("", " ".join(said.split()))
    for pattern, problem, help_ in _PROBLEMS:
        match = re.search(pattern, text)
        if match:
            place = _place(match[1], declared) or _place(path, declared)
            return f"{place}dependency {match[1]} {problem.format(where=where)}: {_shortened(text)}; {help_}"
    place = _told_place(text, declared) or _place(_last_name(text), declared) or _mentioned(text, declared)
    return f"{place}the dependencies cannot be resolved for {where}: {_shortened(text)}; correct what asks for it"


def refuse_options(said: str, declared: Declared) -> None:
    """Refuse an option of a requirements file that uv passed over and that would change the answer."""
    for file, option in re.findall(r"unsupported option in `([^`]+)`: `(-[^`\s]+)", said):
        if option in HARMLESS:
            continue
        place = next((line.place for line in declared.lines if line.text.startswith(option)), file)
        raise DependencyError(f"{place}: uv does not read {option} in a requirements file: remove the line")


def _place(what: str, declared: Declared | None) -> str:
    """Return "file:line: " of the line that asks for a distribution, a path or an address; "" when none is found."""
    if declared is None or not what:
        return ""
    name = distribution(re.split(r"[\s=<>!~@]", what)[0]) if "/" not in what.partition("@")[0] else None
    for line in declared.lines:
        if name and distribution(line.text) == name:
            return f"{line.place}: "
    last = unquote(re.split(r"[#?]", what)[0].rstrip("/").rpartition("/")[2])
    found = [word for word in (last, name) if word]
    for file in declared.read:
        for word in found:
            place = place_of(file, rf"(?<![\w-]){re.escape(word)}(?![\w-])")
            if place != str(file):
                return f"{place}: "
    return ""


def _told_place(text: str, declared: Declared | None) -> str:
    """Return "file:line: " where uv itself tells the line or the position of what it cannot read."""
    match = re.search(r"(\S+):(\d+):\d+\b", text) or re.search(r"`([^`]+)` at position (\d+)", text)
    if match is None:
        return ""
    files = [file for file in (declared.read if declared else ()) if str(file).endswith(match[1].lstrip("./"))]
    if "position" not in match[0] or not files:
        return f"{files[0] if files else match[1]}:{match[2]}: "
    before = files[0].read_bytes()[: int(match[2])]
    return f"{files[0]}:{before.count(bytes([10])) + 1}: "


def _last_name(text: str) -> str:
    match = re.search(r"`([A-Za-z0-9][\w.-]*(?:[=<>~!]=?[^`]*)?)`", text)
    return match[1] if match else ""


def _mentioned(text: str, declared: Declared | None) -> str:
    """Return "file:line: " of the first requirement that uv repeats as it is written; "" when it repeats none."""
    for line in declared.lines if declared else ():
        asked = r"\s*".join(map(re.escape, "".join(line.text.partition(";")[0].partition(" --")[0].split())))
        if distribution(line.text) and re.search(rf"(?<![\w.-]){asked}(?![\w.-])", text):
            return f"{line.place}: "
    return ""


def _shortened(text: str) -> str:
    reason = re.sub(r"^error: |No solution found when resolving dependencies:? ?|cause: |hint: .*$|[╰─▶]+ ?", "", text)
    reason = re.sub(r"^(warning: .*?)?(?=error: )error: ", "", reason)
    reason = reason.strip().removesuffix(", we can conclude that your requirements are unsatisfiable.")
    return f"{reason[:600]}…" if len(reason) > 600 else reason or "uv gave no reason"
