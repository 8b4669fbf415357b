"""What the first process imports: each module costs every start."""

from __future__ import annotations

import json
import subprocess
import sys

NEEDLESS = (
    "tomllib",
    "zoneinfo",
    "importlib.metadata",
    "shutil",
    "tempfile",
    "hashlib",
    "calendar",
    "jinja2",
    "watchfiles",
    "typer",
)
PROGRAM = """
import json, sys
from importlib import import_module
from portable.tooling.dev import early
for name in early.SHARED:
    import_module(name)
import_module("portable.tooling.dev.postponing").postpone_ssl()
import_module(early.SERVING)
postponed = [type(sys.modules[name]).__name__ for name in ("ssl", "email.utils")]
loaded = list(sys.modules)
import asyncio, ssl
from asyncio import sslproto
assert ssl.create_default_context().verify_mode is ssl.CERT_REQUIRED
assert sslproto.SSLAgainErrors == (ssl.SSLWantReadError, ssl.SSLSyscallError)
assert isinstance(ssl.CERT_NONE, ssl.VerifyMode)
from email.utils import formatdate, parsedate
assert formatdate(0, usegmt=True) == "Thu, 01 Jan 1970 00:00:00 GMT" and parsedate("Thu, 01 Jan 1970 00:00:00 GMT")
print(json.dumps([postponed, loaded]))
"""


def test_what_few_apps_need_is_not_imported_before_the_app_and_ssl_works_when_it_is_needed() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    postponed, loaded = json.loads(done.stdout)
    assert postponed == ["Postponed", "Postponed"]
    assert sorted(set(NEEDLESS) & set(loaded)) == []
