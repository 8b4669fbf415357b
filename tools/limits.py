"""docs/limits.md, made from limits.toml and platform.toml of the targets: `python tools/limits.py` writes it."""

from __future__ import annotations

import sys
from pathlib import Path

from portable.tooling.facts import Facts, Limit, NameRule
from portable.tooling.target import Target
from portable.tooling.targets import load_target, target_names

PAGE = Path(__file__).resolve().parents[1] / "docs" / "limits.md"
HEADING = """# Limits
Made by `tools/limits.py` from `limits.toml` and `platform.toml` of each target: change them there. What is marked "measured" is compared with your
app by [`portable check`](check.md) and when it is packaged; the rest is for you to know. A source "from memory" was not opened when the number was
written: look there before you rely on it. Quotas that a provider raises when asked are those of a new account.
"""


def page() -> str:
    """Return the text of the page."""
    return "\n".join([HEADING, *(part for name in target_names() for part in _target(load_target(name)))])


def _target(target: Target) -> list[str]:
    platform, facts = target.platform, target.facts
    lines = [
        f"## {target.title}",
        f"Python {', '.join(platform.pythons)} on {', '.join(platform.architectures)}. Source ({platform.date}): {platform.source}.",
        "",
    ]
    return [*lines, *_numbers(target, facts), *_names(facts.names)]


def _numbers(target: Target, facts: Facts) -> list[str]:
    rows = [_row(limit) for limit in facts.limits.values()]
    unzipped = target.platform.unzipped
    if unzipped is not None:
        rows.append(f"| an artifact, unpacked | {unzipped:,} bytes | measured | see above |")
    if not rows:
        return ["It has no limits of its own.", ""]
    return ["| what | limit | | source |", "| --- | --- | --- | --- |", *rows, ""]


def _row(limit: Limit) -> str:
    measured = "measured" if limit.beyond else ""
    return f"| {_cell(limit.title)} | {limit.shown()} | {measured} | {_cell(_source(limit))} |"


def _names(rules: tuple[NameRule, ...]) -> list[str]:
    if not rules:
        return []
    lines = ["| names of | refused | why | source |", "| --- | --- | --- | --- |"]
    for rule in rules:
        what = {"environment": "variables", "app": "the app"}.get(rule.what, f"{rule.what}s")
        lines.append(f"| {what} | {_cell(_refused(rule))} | {_cell(rule.why)} | {_cell(_source(rule))} |")
    return [*lines, ""]


def _refused(rule: NameRule) -> str:
    parts = []
    if rule.reserved:
        parts.append(", ".join(f"`{name}`" for name in sorted(rule.reserved)))
    if rule.begins:
        parts.append(" or ".join(f"`{begin}…`" for begin in rule.begins))
    if rule.holds:
        parts.append(" or ".join(f"`…{part}…`" for part in rule.holds))
    if rule.fits is not None:
        parts.append("other forms")
    if rule.most is not None:
        parts.append(f"more than {rule.most} characters")
    return ", ".join(parts)


def _source(fact: Limit | NameRule) -> str:
    return f"{fact.source} ({fact.date}{'' if fact.verified else ', from memory'})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
