"""`TerraformFiles`: the infrastructure of an app in a stage that Terraform or OpenTofu makes: three documents in, their files out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from portable.tooling.infra.stage import Stage
from portable.tooling.infra.terraform import Document, Expression


@dataclass(frozen=True, slots=True)
class TerraformFiles:
    """What `main.tf.json`, `variables.tf.json` and `outputs.tf.json` hold."""

    main: Document
    variables: Document
    outputs: Document

    def files(self) -> dict[str, str]:
        """Return the text of each file by its name."""
        return {
            "main.tf.json": self.main.text(),
            "variables.tf.json": self.variables.text(),
            "outputs.tf.json": self.outputs.text(),
        }

    def guard(self, stage: Stage) -> None:
        """Say which stage the files are for, so that they cannot be planned in the workspace of another one.

        The workspace "default" is allowed, for those who keep one state for each stage.
        """
        self.outputs.block(
            "output",
            "stage",
            value=stage.name,
            precondition={
                "condition": Expression(f'${{contains(["{stage.name}", "default"], terraform.workspace)}}'),
                "error_message": f"these files are those of the stage {stage.name}, and this is the workspace of another one: "
                f"choose it with `workspace select -or-create {stage.name}`, or write the files of the other stage",
            },
        )

    def made(self) -> dict[str, int]:
        """Return how many resources of each type an engine makes."""
        return dict(Counter(self.main.resources()))
