"""An engine for tests: an executable named `terraform` that plays what a test wrote down, and records how it was called.

`said` gives for each command what it prints and its exit code; a list gives it for one call after the other. `apply` may wait
for a file, so that a test can do something while it works, or die. It starts hundreds of times, so it looks for no installed library
and imports next to nothing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PROGRAM = """#!{python} -IS
import json, os, signal, sys, time
here = {here!r}
def write(name, text):
    with open(os.path.join(here, name), "w") as file:
        file.write(text)
arguments = [text for text in sys.argv[1:] if not text.startswith("-chdir=")]
command = arguments[0]
folder = next((text[7:] for text in sys.argv if text.startswith("-chdir=")), ".")
with open(os.path.join(here, "calls"), "a+") as calls:
    calls.write(json.dumps([*arguments, os.environ.get("TF_WORKSPACE", "")]) + "\\n")
    calls.seek(0)
    before = sum(json.loads(line)[0] == command for line in calls) - 1
if command == "version":
    print(json.dumps({{"terraform_version": {version!r}}}))
    raise SystemExit
with open(os.path.join(here, "said.json")) as file:
    said = json.load(file).get(command, {{}})
if isinstance(said, list):
    said = said[min(before, len(said) - 1)]
taken = os.path.join(folder, "portable_taken.tf.json")
if os.path.exists(taken):
    with open(taken) as file:
        write("taken", file.read())
if command == "init":
    os.makedirs(os.path.join(folder, ".terraform"), exist_ok=True)
if command == "plan":
    target = next(text for text in arguments if text.startswith("-out="))
    write(target[5:], "a plan")
for line in said.get("lines", ()):
    print(line if isinstance(line, str) else json.dumps(line), flush=True)
if said.get("starts"):  # as an engine starts a plug-in: with pipes for what it prints
    import subprocess
    sleeps = [sys.executable, "-IS", "-c", "import time; time.sleep(60)"]
    plugin = subprocess.Popen(sleeps, close_fds=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    write("plugin", str(plugin.pid))
if said.get("dies"):
    os.kill(os.getpid(), signal.SIGKILL)
stopped = []
signal.signal(signal.SIGINT, lambda *_: stopped.append(1))
if said.get("waits"):
    write("working", str(os.getpid()))
    while not os.path.exists(os.path.join(here, "go")) and not stopped:
        time.sleep(0.01)
if command == "apply":
    write("applied", "interrupted" if stopped else "whole")
print(said.get("ends", ""), flush=True)
sys.stderr.write(said.get("errors", ""))
raise SystemExit(1 if stopped else said.get("code", 0))
"""


class FakeEngine:
    """The engine in a folder; put `folder` on PATH."""

    def __init__(self, folder: Path, name: str = "terraform", version: str = "1.11.4") -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / name
        program.write_text(PROGRAM.format(python=sys.executable, here=str(folder), version=version))
        program.chmod(0o755)
        self.says()

    def says(self, **commands: dict[str, Any] | list[dict[str, Any]]) -> None:
        """Say what each command prints; those that are not named succeed and print what is needed least."""
        usual: dict[str, dict[str, Any] | list[dict[str, Any]]] = {
            "plan": {"lines": [summary("plan")]},
            "apply": {"lines": [summary("apply")]},
            "output": {"lines": ["{}"]},
        }
        (self.folder / "said.json").write_text(json.dumps(usual | commands))

    def calls(self) -> list[list[str]]:
        """Return the arguments of each call but `version`, and then the workspace that the environment named."""
        file = self.folder / "calls"
        found = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [call for call in found if call[0] != "version"]

    def commands(self) -> list[str]:
        """Return the names of the commands that were called."""
        return [call[0] for call in self.calls()]


def summary(operation: str) -> dict[str, Any]:
    """Return the line that ends a plan or an apply."""
    return {"type": "change_summary", "changes": {"operation": operation}}


def planned(address: str, action: str) -> dict[str, Any]:
    """Return the line of a planned change."""
    kind, name = address.split(".")
    resource = {"addr": address, "resource_type": kind, "resource_name": name}
    return {"type": "planned_change", "change": {"resource": resource, "action": action}}


def step(state: str, address: str) -> dict[str, Any]:
    """Return the line of a step of making something: apply_start, apply_complete or apply_errored."""
    return {"type": state, "hook": {"resource": {"addr": address}, "action": "create"}}


def failed(summary: str, detail: str = "", address: str = "") -> dict[str, Any]:
    """Return the line of an error."""
    said = {"severity": "error", "summary": summary, "detail": detail, "address": address}
    return {"type": "diagnostic", "diagnostic": said}


def outputs(**values: str) -> dict[str, Any]:
    """Return the line of the outputs after an apply, and of one that is secret."""
    found = {name: {"sensitive": False, "type": "string", "value": value} for name, value in values.items()}
    return {"type": "outputs", "outputs": {**found, "hidden": {"sensitive": True, "type": "string"}}}
