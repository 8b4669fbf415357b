"""`Engine`: the program that applies infrastructure, Terraform or OpenTofu, as it is found on PATH."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.infra.terraform import ENGINE

QUICK = {"GOGC": "400", "GOMEMLIMIT": "2GiB"}
"""An engine and its provider live for seconds. To collect their garbage less often saves a fifth of their work, and costs a tenth of memory."""
_TITLES = {"terraform": "Terraform", "tofu": "OpenTofu"}
_GET = (
    "Get OpenTofu from https://opentofu.org/docs/intro/install or Terraform from "
    "https://developer.hashicorp.com/terraform/install, and run the same command again"
)


class NoEngine(PortableError):
    """Neither Terraform nor OpenTofu is there, or only one that is too old."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine: `name` is what it is called on a command line, `program` its file."""

    name: str
    program: str
    version: str

    @property
    def title(self) -> str:
        """Return the name and version for people."""
        return f"{_TITLES[self.name]} {self.version}"


def find_engine(environment: Mapping[str, str] = os.environ) -> Engine:
    """Return the first engine on PATH that is new enough: Terraform, else OpenTofu. Raises NoEngine, which says how to get one."""
    old = []
    for name, title in _TITLES.items():
        program = shutil.which(name, path=environment.get("PATH"))
        if program is None:
            continue
        version = _version(program, environment)
        if _parts(version) >= _parts(ENGINE):
            return Engine(name, program, version)
        old.append(f"{title} {version or 'of an unknown version'} ({program})")
    if old:
        raise NoEngine(f"{' and '.join(old)} is too old: version {ENGINE} or newer is needed. {_GET}")
    raise NoEngine(
        f"neither terraform nor tofu is on PATH: deploying needs Terraform {ENGINE} or newer, or OpenTofu {ENGINE} or newer. {_GET}"
    )


def engine_environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of an engine: the user's own, without questions, and with a cache of plug-ins that projects share."""
    made = {**QUICK, **given, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "TF_INPUT": "0"}
    made.pop("TF_WORKSPACE", None)  # the stage decides, see `Configuration`
    if "TF_PLUGIN_CACHE_DIR" not in given and not _has_cache(given):
        root = given.get("XDG_CACHE_HOME") or str(Path(given.get("HOME") or Path.home()) / ".cache")
        folder = Path(root) / "portable" / "plugins"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return made
        made["TF_PLUGIN_CACHE_DIR"] = str(folder)
    return made


def _has_cache(given: Mapping[str, str]) -> bool:
    """Say whether the user's own settings of the engine name a cache of plug-ins."""
    home = Path(given.get("HOME") or Path.home())
    named = given.get("TF_CLI_CONFIG_FILE")
    for file in [Path(named)] if named else [home / ".terraformrc", home / ".tofurc"]:
        try:
            if "plugin_cache_dir" in file.read_text(encoding="utf-8", errors="replace"):
                return True
        except OSError:
            continue
    return False


def _version(program: str, environment: Mapping[str, str]) -> str:
    """Return the version that a program tells, "" when it tells none."""
    given = {**environment, "CHECKPOINT_DISABLE": "1"}
    try:
        done = subprocess.run(
            [program, "version", "-json"],
            env=given,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return str(json.loads(done.stdout)["terraform_version"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return ""


def _parts(version: str) -> tuple[int, ...]:
    numbers = version.partition("-")[0].split(".")
    return tuple(int(part) for part in numbers) if all(part.isdecimal() for part in numbers) else ()
