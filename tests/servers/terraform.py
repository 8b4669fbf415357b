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
    """One configuration that was applied to the servers that the environment names."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = {**environment, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}

    def changes(self, *options: str) -> list[dict[str, Any]]:
        """Return what a new plan with some options would change: each resource and the action."""
        told = [json.loads(line) for line in self.run("plan", "-json", "-input=false", *options).splitlines()]
        return [message["change"] for message in told if message["type"] == "planned_change"]

    def run(self, command: str, *arguments: str) -> str:
        """Return what a command prints. Raises AssertionError with its words when it fails."""
        done = subprocess.run(
            ["terraform", f"-chdir={self._folder}", command, "-no-color", *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode == 0, f"terraform {command}: {done.stdout[-1500:]}{done.stderr[-4000:]}"
        return done.stdout


def own_mirror(folder: Path) -> dict[str, str]:
    """Return the environment in which an engine finds its providers on this machine. Skips where they are not."""
    mirror = provider_mirror("aws")
    if shutil.which("terraform") is None or mirror is None:
        pytest.skip(
            "terraform or its AWS provider is not on this machine: install Terraform 1.11 or newer, and name the folder "
            "of a provider mirror (terraform providers mirror <folder>) in TF_PLUGIN_MIRROR"
        )
    settings = folder / "engine.tfrc"
    settings.write_text(f'provider_installation {{\n  filesystem_mirror {{ path = "{mirror}" }}\n}}\n')
    return {"TF_CLI_CONFIG_FILE": str(settings)}


def provider_mirror(provider: str) -> Path | None:
    """Return a folder that holds a provider as a mirror does, None when there is none."""
    named = os.environ.get("TF_PLUGIN_MIRROR")
    data = Path(os.environ.get("XDG_DATA_HOME", "~/.local/share")).expanduser() / "terraform" / "plugins"
    usual = [Path("~/.terraform.d/plugins").expanduser(), data, *Path("/usr").glob("*/share/terraform/plugins")]
    for folder in [Path(named)] if named else [*usual, *Path("/opt").glob("*")]:
        if (folder / HOST / "hashicorp" / provider).is_dir():
            return folder
    return None
