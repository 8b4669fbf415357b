"""Runs ministack, and writes what it is asked for, a line of JSON each, into the file that ASKED names. Its own Python runs this.

So a test knows what each permission was used for: ministack itself keeps no trail.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ministack.app import main
from ministack.core import iam_evaluator

_asked = Path(os.environ["ASKED"])
_seen: set[str] = set()
_evaluate = iam_evaluator.evaluate


def _record(context: Any, *policies: Any) -> Any:
    """Evaluate as ministack does; write a new question down first."""
    line = json.dumps({"who": context.principal_arn, "action": context.action, "on": context.resource_arn})
    if line not in _seen:
        _seen.add(line)
        with _asked.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    return _evaluate(context, *policies)


iam_evaluator.evaluate = _record
main()
