"""Terraform itself reads what was generated, without the providers: every expression, every reference, and no circle.

Resources become `terraform_data`, which Terraform brings along and which takes any arguments and has any attributes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from portable.tooling.infra.files import write_files
from portable.tooling.infra.stage import Stage
from portable.tooling.infra.terraform import Document
from portable.tooling.infra.terraform_files import TerraformFiles

GOLDEN = Path(__file__).parents[2] / "golden"
FOLDERS = sorted(path.parent for path in GOLDEN.rglob("main.tf.json"))
OF_TERRAFORM = ("count", "depends_on", "for_each", "lifecycle")
"""Arguments that are Terraform's own."""
REFERENCE = re.compile(r"(?<![\w.-])(data\.)?((?:azurerm|google)_\w+)\.([\w-]+)(\[(?:\*|\d+)\])?")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: "/".join(folder.parts[-2:]))
def test_terraform_reads_the_configuration(folder: Path, tmp_path: Path) -> None:
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("terraform is not on this machine: install Terraform 1.11 or newer")
    main = json.loads((folder / "main.tf.json").read_text(encoding="utf-8"))
    (tmp_path / "main.tf.json").write_text(json.dumps(plain(main)), encoding="utf-8")
    for name in ("variables.tf.json", "outputs.tf.json"):
        shutil.copy(folder / name, tmp_path)
    for command in (("init", "-input=false"), ("validate",)):
        done = subprocess.run(
            [program, f"-chdir={tmp_path}", *command, "-no-color"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("workspace", "fits"), [("dev", True), ("default", True), ("prod", False)])
def test_the_files_of_a_stage_are_not_planned_in_the_workspace_of_another(
    workspace: str, fits: bool, tmp_path: Path
) -> None:
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("terraform is not on this machine: install Terraform 1.11 or newer")
    found = TerraformFiles(Document(), Document(), Document())
    found.guard(Stage("small", "dev"))
    write_files(found.files(), tmp_path)
    done = subprocess.run(
        [program, f"-chdir={tmp_path}", "plan", "-input=false", "-no-color"],
        env={**os.environ, "TF_WORKSPACE": workspace},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode == 0) is fits, done.stdout + done.stderr
    assert ("these files are those of the stage dev" in " ".join(done.stderr.split())) is not fits


def test_a_circle_and_an_unknown_name_would_be_found(tmp_path: Path) -> None:
    main = {
        "resource": {
            "azurerm_a": {"one": {"x": "${azurerm_b.two.id}"}},
            "azurerm_b": {"two": {"x": "${azurerm_a.one.id}"}},
        }
    }
    assert plain(main)["resource"]["terraform_data"] == {
        "azurerm_a__one": {"input": {"x": "${terraform_data.azurerm_b__two.output.id}"}},
        "azurerm_b__two": {"input": {"x": "${terraform_data.azurerm_a__one.output.id}"}},
    }


def plain(main: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration that needs no provider."""
    made: dict[str, Any] = {}
    for section, prefix in (("resource", ""), ("data", "data__")):
        for kind, found in main.get(section, {}).items():
            for label, arguments in found.items():
                own = {name: arguments[name] for name in OF_TERRAFORM if name in arguments}
                given = {name: value for name, value in arguments.items() if name not in (*OF_TERRAFORM, "dynamic")}
                made[f"{prefix}{kind}__{label}"] = {"input": rewritten(given), **rewritten(own, bare=True)}
    kept = {section: main[section] for section in ("locals",) if section in main}
    return {"resource": {"terraform_data": made}, **rewritten(kept)}


def rewritten(value: Any, *, bare: bool = False) -> Any:
    """Return a value whose references are to what the resources have become; `bare` texts are references as a whole."""
    if isinstance(value, dict):
        return {name: rewritten(item, bare=bare) for name, item in value.items()}
    if isinstance(value, list):
        return [rewritten(item, bare=bare) for item in value]
    if not isinstance(value, str) or ("${" not in value and not bare):
        return value
    ending = "" if bare and "${" not in value else ".output"
    return REFERENCE.sub(
        lambda found: f"terraform_data.{'data__' if found[1] else ''}{found[2]}__{found[3]}{found[4] or ''}{ending}",
        value,
    )
