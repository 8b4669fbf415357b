"""An app's folder -> a Functions project: the plan's files, the app's, and the modules of ours that ship."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

import portable
import portable_azure
from portable.tooling.app.asking import Reply
from portable.tooling.app.model import AppModel
from portable.tooling.plan import Plan
from portable.tooling.target import Options
from portable_azure.deploy.target import target

NOT_SHIPPED = ("tooling", "testing", "conformance", "signature.py", "deploy", "wire", "__pycache__", "*.pyc")


def read_app(folder: Path, name: str, *modules: str) -> AppModel:
    """Return what an app declares, read in a process of its own. Raises AssertionError with the fault."""
    with tempfile.TemporaryDirectory() as temporary:
        reply_file = Path(temporary, "reply.json")
        request = {"name": name, "folder": str(folder), "modules": modules or ("app",), "reply": str(reply_file)}
        subprocess.run(
            [sys.executable, "-m", "portable.tooling.app.importing", json.dumps(request)],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            check=True,
            capture_output=True,
        )
        reply = msgspec.json.decode(reply_file.read_bytes(), type=Reply)
    assert reply.app is not None, f"{reply.where}: {reply.error}\n{reply.traceback}"
    return reply.app


def make_bundle(folder: Path, name: str, bundle: Path) -> Plan:
    """Write the Functions project of an app, without its dependencies, and return its plan."""
    app = read_app(folder, name)
    plan = target.plan(app, Options("3.13", "x86_64", {}))
    shutil.copytree(folder, bundle, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    ignore = shutil.ignore_patterns(*NOT_SHIPPED)
    for package in (portable, portable_azure):
        source = Path(str(package.__file__)).parent
        shutil.copytree(source, bundle / source.name, ignore=ignore)
    for path, content in plan.generated().items():
        (bundle / path).write_text(content, encoding="utf-8")
    return plan
