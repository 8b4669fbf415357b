"""`Pipeline`: what the workflow files of all CIs have in common: the steps in the shell, and their names."""

from __future__ import annotations

from dataclasses import dataclass

from portable.tooling.infra.administering import SignIn
from portable.tooling.infra.stage import Stage

OWN = ".infra"
"""The folder of the user's own infrastructure files, in the folder of the app. It is hidden, so it does not ship."""
TERRAFORM = "1.11.4"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The deployment of an app to a stage. `requirement` installs portable; `folder` is where the app is, "" at the root."""

    stage: Stage
    target: str
    python: str
    requirement: str
    branch: str
    folder: str
    sign_in: SignIn
    audience: str

    @property
    def name(self) -> str:
        """Return the name of what must not run twice at the same time."""
        return f"portable-{self.stage.app}-{self.target}-{self.stage.name}"

    def install(self) -> str:
        """Return the line that installs portable."""
        return f"pip install '{self.requirement}'"

    def check(self, form: str) -> str:
        """Return the line that checks the app."""
        return f"portable check {self._where()} --strict --format {form}"

    def plan(self) -> str:
        """Return the line that shows what the app would be. It needs no account."""
        return f"portable plan {self._where()}"

    def state(self) -> str:
        """Return the lines that put the user's own files beside ours. Without a backend the state would be lost with the machine."""
        own, infra = f"{OWN}/{self.target}", f"dist/{self.target}/infra"
        return (
            f"if ! grep -qs backend {own}/*.tf; then\n"
            f'  echo "{own} has no backend for the state" >&2\n'
            "  exit 1\n"
            "fi\n"
            f"mkdir -p {infra}\n"
            f"cp {own}/* {infra}/\n"
        )

    def deploy(self) -> str:
        """Return the line that deploys."""
        return f"portable deploy {self._where()} --yes"

    def _where(self) -> str:
        return f"--target {self.target} --stage {self.stage.name}"
