"""A report -> SARIF 2.1.0 (OASIS), as code scanning services read it."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from portable.tooling.check.catalogue import about
from portable.tooling.check.examine import Report
from portable.tooling.check.finding import Finding

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""The base of paths: the folder in which the check ran, which is the root of the repository in a workflow."""


def sarif(report: Report) -> str:
    """Return the text of a log with one run."""
    rules = sorted({one.rule for one in report.findings})
    places = {rule: index for index, rule in enumerate(rules)}
    driver = {
        "name": "portable",
        "version": version("portable-functions"),
        "rules": [{"id": rule, "shortDescription": {"text": about(rule)}} for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, places[one.rule]) for one in report.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(one: Finding, rule: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": one.rule,
        "ruleIndex": rule,
        "level": one.level,
        "message": {"text": f"{one.message}. Instead: {one.substitute}" if one.substitute else one.message},
        "partialFingerprints": {"portable/v1": _fingerprint(one)},
        "properties": {"targets": list(one.targets)},
    }
    if one.file is not None:
        region = {"region": {"startLine": one.line}} if one.line else {}
        found["locations"] = [{"physicalLocation": {"artifactLocation": _artifact(one.file), **region}}]
    return found


def _artifact(file: str) -> dict[str, str]:
    path = Path(file)
    return {"uri": path.as_uri()} if path.is_absolute() else {"uri": quote(path.as_posix()), "uriBaseId": ROOT}


def _fingerprint(one: Finding) -> str:
    """Return what stays the same when lines are added above."""
    return hashlib.sha256("\0".join((one.rule, one.file or "", one.message)).encode("utf-8", "replace")).hexdigest()
