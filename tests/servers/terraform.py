"""Terraform with the providers of this machine: a folder of configuration in, its outputs out. Nothing is downloaded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

HOST = "registry.terraform.io"


class Terraform:
    """One configuration, applied to the servers that the environment names."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        program = shutil.which("terraform")
        mirror = provider_mirror("aws")
        if program is None or mirror is None:
            pytest.skip(
                "terraform or its AWS provider is not on this machine: install Terraform 1.11 or newer, and name the folder "
                "of a provider mirror (terraform providers mirror <folder>) in TF_PLUGIN_MIRROR"
            )
        self._program, self._mirror, self._folder = program, mirror, folder
        self._environment = {**os.environ, **environment, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}

    def init(self) -> None:
        """Make the folder ready."""
        self.run("init", f"-plugin-dir={self._mirror}")

    def apply(self, **variables: str) -> dict[str, Any]:
        """Make everything and return the outputs."""
        given = [f"-var={name}={value}" for name, value in variables.items()]
        self.run("apply", "-auto-approve", "-parallelism=40", *given)
        outputs = json.loads(self.run("output", "-json"))
        return {name: found["value"] for name, found in outputs.items()}

    def changes(self) -> list[dict[str, Any]]:
        """Return what a new plan would change: each resource and the action."""
        told = [json.loads(line) for line in self.run("plan", "-json", "-input=false").splitlines()]
        return [message["change"] for message in told if message["type"] == "planned_change"]

    def destroy(self) -> None:
        """Delete everything. What there is was read when it was made, or by the last plan."""
        self.run("destroy", "-auto-approve", "-parallelism=40", "-refresh=false")

    def left(self) -> list[Any]:
        """Return the resources that the state still holds."""
        state: list[Any] = json.loads((self._folder / "terraform.tfstate").read_text())["resources"]
        return state

    def run(self, command: str, *arguments: str) -> str:
        """Return what a command prints. Raises AssertionError with its words when it fails."""
        done = subprocess.run(
            [self._program, f"-chdir={self._folder}", command, "-no-color", *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode == 0, f"terraform {command}: {done.stdout[-1500:]}{done.stderr[-4000:]}"
        return done.stdout


def provider_mirror(provider: str) -> Path | None:
    """Return a folder that holds a provider as a mirror does, None when there is none."""
    named = os.environ.get("TF_PLUGIN_MIRROR")
    data = Path(os.environ.get("XDG_DATA_HOME", "~/.local/share")).expanduser() / "terraform" / "plugins"
    usual = [Path("~/.terraform.d/plugins").expanduser(), data, *Path("/usr").glob("*/share/terraform/plugins")]
    for folder in [Path(named)] if named else [*usual, *Path("/opt").glob("*")]:
        if (folder / HOST / "hashicorp" / provider).is_dir():
            return folder
    return None
