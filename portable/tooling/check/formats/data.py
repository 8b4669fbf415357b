"""A report -> plain data, for JSON."""

from __future__ import annotations

from typing import Any

from portable.tooling.check.examine import Report
from portable.tooling.check.finding import LEVELS, Finding


def data(report: Report, strict: bool) -> dict[str, Any]:
    """Return one object: whether all is well, the targets, how many findings of each level, and the findings."""
    levels = [one.level for one in report.findings]
    return {
        "ok": not report.fails(strict),
        "targets": list(report.targets),
        "count": {level: levels.count(level) for level in LEVELS},
        "findings": [plain(one) for one in report.findings],
    }


def plain(one: Finding) -> dict[str, Any]:
    """Return a finding as plain data."""
    return {
        "rule": one.rule,
        "level": one.level,
        "message": one.message,
        "file": one.file,
        "line": one.line,
        "targets": list(one.targets),
        "instead": one.substitute,
    }
