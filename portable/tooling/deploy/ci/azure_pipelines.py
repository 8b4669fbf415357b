"""Azure Pipelines: the pipeline of a stage. The cloud trusts one service connection, which approvals and checks protect."""

from __future__ import annotations

from typing import Any

from portable.tooling.deploy.ci.pipeline import TERRAFORM, Pipeline
from portable.tooling.infra.stage import Stage

ISSUER = ""
"""Each organization has one of its own."""
EXAMPLE = "<organization>/<project>"


def subject(name: str, branch: str, stage: Stage) -> str:
    """Return who the token says it is for: the service connection of the stage."""
    return f"sc://{name}/{connection(stage)}"


def connection(stage: Stage) -> str:
    """Return the name of the service connection that a stage is deployed with."""
    return f"{stage.app}-{stage.name}"


def place(pipeline: Pipeline) -> str:
    """Return where the file belongs in the repository."""
    return f"azure-pipelines-{pipeline.stage.app}-{pipeline.target}-{pipeline.stage.name}.yml"


def document(pipeline: Pipeline) -> dict[str, Any]:
    """Return the pipeline."""
    branches = {"branches": {"include": [pipeline.branch]}}
    proposed = "eq(variables['Build.Reason'], 'PullRequest')"
    own = f"eq(variables['Build.SourceBranch'], 'refs/heads/{pipeline.branch}')"
    return {
        "trigger": {"batch": True, **branches},
        "pr": branches,
        "pool": {"vmImage": "ubuntu-latest"},
        "lockBehavior": "sequential",
        "stages": [
            {
                "stage": "plan",
                "condition": proposed,
                "jobs": [
                    {
                        "job": "plan",
                        "timeoutInMinutes": 60,
                        "steps": [*_begin(pipeline), _run("Plan", pipeline.plan(), pipeline)],
                    }
                ],
            },
            {
                "stage": "deploy",
                "dependsOn": [],
                "condition": f"and({own}, not({proposed}))",
                "jobs": [
                    {
                        "deployment": "deploy",
                        "timeoutInMinutes": 60,
                        "environment": pipeline.stage.name,
                        "strategy": {"runOnce": {"deploy": {"steps": _deploy(pipeline)}}},
                    }
                ],
            },
        ],
    }


def _begin(pipeline: Pipeline) -> list[dict[str, Any]]:
    report = f"{pipeline.check('sarif')} > $(Build.ArtifactStagingDirectory)/check.sarif"
    return [
        {"checkout": "self", "persistCredentials": False},
        {"task": "UsePythonVersion@0", "inputs": {"versionSpec": pipeline.python}},
        _run("Install", pipeline.install(), pipeline),
        _run("Check", report, pipeline),
        {
            "task": "PublishBuildArtifacts@1",
            "condition": "succeededOrFailed()",
            "inputs": {
                "pathToPublish": "$(Build.ArtifactStagingDirectory)",
                "artifactName": "CodeAnalysisLogs",
            },
        },
    ]


def _deploy(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Return the steps of a deployment. The task gives the token of the service connection to its script alone."""
    lines = (
        "umask 077",
        "export PORTABLE_TOKEN_FILE=$(mktemp)",
        'printf \'%s\' "$idToken" > "$PORTABLE_TOKEN_FILE"',
        *pipeline.sign_in.script,
        pipeline.deploy(),
    )
    return [
        *_begin(pipeline),
        {"task": "TerraformInstaller@1", "inputs": {"terraformVersion": TERRAFORM}},
        _run("State", pipeline.state(), pipeline),
        {
            "task": "AzureCLI@2",
            "displayName": "Deploy",
            "inputs": {
                "azureSubscription": connection(pipeline.stage),
                "addSpnToEnvironment": True,
                "visibleAzLogin": False,
                "scriptType": "bash",
                "scriptLocation": "inlineScript",
                "inlineScript": "\n".join(("set -eu", *lines)) + "\n",
                **({"workingDirectory": pipeline.folder} if pipeline.folder else {}),
            },
            "env": {"SYSTEM_ACCESSTOKEN": "$(System.AccessToken)", **pipeline.sign_in.environment},
        },
    ]


def _run(title: str, script: str, pipeline: Pipeline) -> dict[str, Any]:
    where = {"workingDirectory": pipeline.folder} if pipeline.folder else {}
    return {"script": script, "displayName": title, **where}
