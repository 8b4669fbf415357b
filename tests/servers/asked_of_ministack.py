"""Runs ministack, and writes what it is asked for, a line of JSON each, into the file that ASKED names. Its own Python runs this.

So a test knows what each permission was used for: ministack itself keeps no trail. A bundle is extracted once for all of its
functions, which read it only, as on AWS: it was a quarter of ministack's work.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import zipfile
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


_extracted = Path(tempfile.mkdtemp(prefix="bundles-", dir=_asked.parent))


class _Once(zipfile.ZipFile):
    """A zip file; the code of a function becomes a link to what the same bytes held when they were first extracted."""

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        if Path(path).name != "code":
            super().extractall(path, members, pwd)
            return
        held = _extracted / hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
        if not held.exists():
            made = Path(tempfile.mkdtemp(dir=_extracted))
            super().extractall(made)
            with contextlib.suppress(OSError):  # another function was faster
                made.rename(held)
        Path(path).rmdir()
        Path(path).symlink_to(held)


iam_evaluator.evaluate = _record
zipfile.ZipFile = _Once  # type: ignore[misc]
main()
