"""GitLab CI: the pipeline of a stage. The cloud trusts the branch; the protected environment says who may deploy."""

from __future__ import annotations

from typing import Any

from portable.tooling.deploy.ci.pipeline import TERRAFORM, Pipeline
from portable.tooling.infra.stage import Stage

ISSUER = "https://gitlab.com"
EXAMPLE = "<group>/<project>"
_VARIABLE = "PORTABLE_ID_TOKEN"
"""What GitLab puts the token of the job into."""


def subject(name: str, branch: str, stage: Stage) -> str:
    """Return who the token says it is for: the project, on one branch."""
    return f"project_path:{name}:ref_type:branch:ref:{branch}"


def place(pipeline: Pipeline) -> str:
    """Return where the file belongs in the repository."""
    return ".gitlab-ci.yml"


def document(pipeline: Pipeline) -> dict[str, Any]:
    """Return the pipeline."""
    stage = pipeline.stage
    report = "check.sarif"
    begin = [*([f"cd {pipeline.folder}"] if pipeline.folder else []), pipeline.install()]
    check = f"{pipeline.check('sarif')} > {report}"
    kept = f"{pipeline.folder}/{report}" if pipeline.folder else report
    reported = {"artifacts": {"when": "always", "paths": [kept]}}
    return {
        "default": {"image": f"python:{pipeline.python}-bookworm", "timeout": "1h"},
        "stages": ["plan", "deploy"],
        "plan": {
            "stage": "plan",
            "rules": [{"if": "$CI_PIPELINE_SOURCE == 'merge_request_event'"}],
            "script": [*begin, check, pipeline.plan()],
            **reported,
        },
        "deploy": {
            "stage": "deploy",
            "rules": [{"if": f"$CI_PIPELINE_SOURCE == 'push' && $CI_COMMIT_BRANCH == '{pipeline.branch}'"}],
            "environment": {"name": stage.name},
            "resource_group": pipeline.name,
            "interruptible": False,
            "id_tokens": {_VARIABLE: {"aud": pipeline.audience}},
            **({"variables": dict(pipeline.sign_in.environment)} if pipeline.sign_in.environment else {}),
            "script": [
                *begin,
                check,
                *_terraform(),
                *_token(),
                *pipeline.sign_in.script,
                pipeline.state(),
                pipeline.deploy(),
            ],
            **reported,
        },
    }


def _terraform() -> list[str]:
    """Return the lines that get Terraform, and compare it with the hashes of its release."""
    files = f"https://releases.hashicorp.com/terraform/{TERRAFORM}"
    zipped, sums = f"terraform_{TERRAFORM}_linux_amd64.zip", f"terraform_{TERRAFORM}_SHA256SUMS"
    return [
        f"cd /tmp\nbase={files}\ncurl -sSfO $base/{zipped}\ncurl -sSfO $base/{sums}\n"
        f"grep linux_amd64 {sums} | sha256sum -c -\n"
        f"python -m zipfile -e {zipped} /usr/local/bin\nchmod 755 /usr/local/bin/terraform\ncd -\n"
    ]


def _token() -> list[str]:
    written = f'printf \'%s\' "${_VARIABLE}" > "$PORTABLE_TOKEN_FILE"'
    return ["umask 077", "export PORTABLE_TOKEN_FILE=$(mktemp)", written]
