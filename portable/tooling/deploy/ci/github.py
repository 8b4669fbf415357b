"""GitHub Actions: the workflow of a stage. The environment of its name protects it, and is what the cloud trusts."""

from __future__ import annotations

from typing import Any

from portable.tooling.deploy.ci.pipeline import TERRAFORM, Pipeline
from portable.tooling.infra.stage import Stage

ISSUER = "https://token.actions.githubusercontent.com"
EXAMPLE = "<owner>/<repository>"
_READS = {"contents": "read"}


def subject(name: str, branch: str, stage: Stage) -> str:
    """Return who the token says it is for: the repository, in the environment of the stage. That one allows the branch."""
    return f"repo:{name}:environment:{stage.name}"


def place(pipeline: Pipeline) -> str:
    """Return where the file belongs in the repository."""
    return f".github/workflows/deploy-{pipeline.stage.app}-{pipeline.target}-{pipeline.stage.name}.yml"


def document(pipeline: Pipeline) -> dict[str, Any]:
    """Return the workflow."""
    stage = pipeline.stage
    machine = {"runs-on": "ubuntu-latest", "timeout-minutes": 60}
    folder = {"defaults": {"run": {"working-directory": pipeline.folder}}} if pipeline.folder else {}
    return {
        "name": f"deploy {stage.app} to {stage.name} on {pipeline.target}",
        "on": {"pull_request": {"branches": [pipeline.branch]}, "push": {"branches": [pipeline.branch]}},
        "permissions": _READS,
        **folder,
        "jobs": {
            "plan": {
                "if": "github.event_name == 'pull_request'",
                **machine,
                "steps": [*_begin(pipeline), {"name": "Plan", "run": pipeline.plan()}],
            },
            "deploy": {
                "if": f"github.event_name == 'push' && github.ref == 'refs/heads/{pipeline.branch}'",
                **machine,
                "environment": stage.name,
                "permissions": {**_READS, "id-token": "write"},
                "concurrency": {"group": pipeline.name, "cancel-in-progress": False},
                "steps": [
                    *_begin(pipeline),
                    {
                        "uses": "hashicorp/setup-terraform@v3",
                        "with": {"terraform_version": TERRAFORM, "terraform_wrapper": False},
                    },
                    *pipeline.sign_in.steps,
                    {"name": "State", "run": pipeline.state()},
                    {"name": "Deploy", "run": pipeline.deploy(), **_environment(pipeline)},
                ],
            },
        },
    }


def _begin(pipeline: Pipeline) -> list[dict[str, Any]]:
    return [
        {"uses": "actions/checkout@v5", "with": {"persist-credentials": False}},
        {"uses": "actions/setup-python@v6", "with": {"python-version": pipeline.python}},
        {"name": "Install", "run": pipeline.install()},
        {"name": "Check", "run": pipeline.check("github")},
    ]


def _environment(pipeline: Pipeline) -> dict[str, Any]:
    return {"env": dict(pipeline.sign_in.environment)} if pipeline.sign_in.environment else {}
