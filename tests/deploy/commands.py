"""`portable deploy` and its like as processes, against ministack: an app and a server in, what they print out."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servers.ministack import ministack
from servers.terraform import Terraform, own_mirror

REGION = "eu-central-1"
QUICK = {"GOGC": "off", "GOMEMLIMIT": "1GiB"}
"""An engine and its provider live for seconds: until this much is used, no garbage is collected, which is a quarter of the work."""
PLAIN_HTTP = ("aws_s3_bucket_policy", "aws_s3_bucket_lifecycle_configuration")
"""Not made here: the policy refuses plain HTTP, which is all that ministack speaks; the provider waits a minute for the other."""


@contextmanager
def server(folder: Path) -> Iterator[dict[str, str]]:
    """Run ministack with roles enforced; yield the environment that leads the engine and boto3 to it. Skips without Terraform."""
    mirror = own_mirror(folder)
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    asked = str(folder / "asked.jsonl")
    with ministack(folder, AUTH="true", ASKED=asked, **keys) as found:
        own = {"ASKED": asked, "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}
        yield {**kept, **mirror, **QUICK, **found, **own}


class Commands:
    """The commands of one app in one folder of artifacts."""

    def __init__(self, app: Path, out: Path, environment: Mapping[str, str], stage: str = "dev") -> None:
        self.app, self.out, self.environment, self.stage = app, out, environment, stage
        self.infra = out / "aws" / "infra"

    def start(self, command: str, *options: str, given: bool = False, **more: str) -> subprocess.Popen[str]:
        """Start a command; `more` goes into its environment, and what is `given` later into its stdin."""
        program = [sys.executable, "-m", "portable.tooling.cli.main", *command.split(), str(self.app), *options]
        return subprocess.Popen(
            [*program, "--target", "aws", "--stage", self.stage, "--out", str(self.out)],
            env={**self.environment, **more},
            stdin=subprocess.PIPE if given else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str, *options: str, **more: str) -> tuple[int, str, str]:
        """Run a command and return its exit code and what it printed."""
        child = self.start(command, *options, **more)
        out, errors = child.communicate(timeout=300)
        return child.returncode, out, errors

    def set_secret(self, name: str, value: str) -> None:
        """Give a secret its value, as a user would pipe it in."""
        out, errors = self.start(f"secret set {name}", given=True).communicate(f"{value}\n", timeout=60)
        assert out.startswith(f"Set the secret {name}"), errors
        assert value not in out + errors

    def json(self, command: str, *options: str) -> Any:
        """Run a command that must succeed and return the JSON that it printed."""
        code, out, errors = self.run(command, "--json", *options)
        assert code == 0, errors + out
        return json.loads(out)

    def refused(self, command: str, *options: str, **more: str) -> str:
        """Run a command that must fail, and return what it says."""
        code, out, errors = self.run(command, *options, **more)
        assert code == 1, errors + out
        return errors

    def state(self) -> Path:
        """Return the file of the engine's state."""
        return self.infra / "terraform.tfstate.d" / self.stage / "terraform.tfstate"

    def resources(self) -> list[str]:
        """Return the types of what the engine's state holds."""
        held = json.loads(self.state().read_text())["resources"]
        return [found["type"] for found in held if found["mode"] == "managed"]


def plain_http(commands: Commands) -> None:
    """Write the files of an app, and one of the user's own that leaves out what ministack cannot have."""
    assert commands.run("infra")[0] == 0
    main = json.loads((commands.infra / "main.tf.json").read_text())
    left_out = {kind: {label: {"count": 0} for label in main["resource"].get(kind, ())} for kind in PLAIN_HTTP}
    policies = {
        label: {"statement": [*map(_without_tls, found["statement"])]}
        for label, found in main["data"]["aws_iam_policy_document"].items()
        if label.startswith(("queue_", "topic_"))
    }
    changed = {"resource": left_out, "data": {"aws_iam_policy_document": policies}}
    (commands.infra / "test_override.tf.json").write_text(json.dumps(changed))


def _without_tls(statement: dict[str, Any]) -> dict[str, Any]:
    """Return a statement that refuses nobody because of plain HTTP."""
    if statement.get("effect") != "Deny":
        return statement
    return {**statement, "condition": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["nobody"]}]}


NOT_KNOWN = "lambda:FunctionArn"
"""A key of conditions that ministack does not know, so that it refuses what has one. AWS knows it."""
CLOUDFRONT = tuple(
    f"cloudfront:{action}"
    for action in (
        *(
            f"{verb}{what}"
            for what in ("Distribution", "OriginAccessControl")
            for verb in ("Create", "Get", "Update", "Delete")
        ),
        *(f"{verb}Function" for verb in ("Create", "Describe", "Get", "Publish", "Update", "Delete")),
        *("CreateDistributionWithTags", "ListTagsForResource", "TagResource", "UntagResource"),
    )
)
"""Those of CloudFront are asked for on no resource."""
MISJUDGED = (
    *CLOUDFRONT,
    "cloudwatch:DeleteAlarms",
    "cloudwatch:ListTagsForResource",
    "cloudwatch:TagResource",
    "dynamodb:ListTagsOfResource",
    "dynamodb:TagResource",
    "lambda:CreateFunction",
    "lambda:ListEventSourceMappings",
    "scheduler:CreateSchedule",
    "scheduler:DeleteSchedule",
    "scheduler:GetSchedule",
    "scheduler:ListTagsForResource",
    "scheduler:TagResource",
    "scheduler:UpdateSchedule",
    "sns:ListTagsForResource",
    "sns:TagResource",
)
"""Actions that ministack asks for on another thing than AWS does: on none, or on a schedule of the group `default`.

What it calls ListEventSourceMappings is reading one mapping.
"""


def as_deployer(commands: Commands, *options: str) -> tuple[dict[str, str], str]:
    """Apply the deployer of an app as an administrator does; return the environment of the pipeline, and the ARN of its role.

    The pipeline has nothing else.
    """
    commands.json("plan", "--deployer", "--ci", "github", "--repository", "acme/shop", *options)
    folder = commands.out / "aws" / "deployer"
    for file in folder.glob("policy-*.json"):
        policy = json.loads(file.read_text())
        for statement in policy["Statement"]:
            if NOT_KNOWN in statement.get("Condition", {}).get("ArnLike", {}):
                del statement["Condition"]
        file.write_text(json.dumps(policy))
    administrator = Terraform(folder, commands.environment)
    administrator.run("init", "-input=false")
    administrator.run("apply", "-auto-approve", "-input=false", "-var=may_delete_data=true")
    role = json.loads((folder / "terraform.tfstate").read_text())["outputs"]["role"]["value"]
    allow_misjudged(commands.environment, role.rpartition("/")[2])
    taken = taken_role(commands.environment, role, token(sub=f"repo:acme/shop:environment:{commands.stage}"))
    keys = {
        "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
        "AWS_SESSION_TOKEN": taken["SessionToken"],
    }
    return {**commands.environment, **keys}, role


def token(**claims: str) -> str:
    """Return a token of GitHub, as its job in the environment dev of the repository gets it; ministack reads its claims."""
    subject = "repo:acme/shop:environment:dev"
    said = {"iss": "https://token.actions.githubusercontent.com", "aud": "sts.amazonaws.com", "sub": subject, **claims}
    parts = ({"alg": "none", "typ": "JWT"}, said)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join((*encoded, "c2ln"))


def taken_role(environment: Mapping[str, str], role: str, given: str) -> dict[str, str]:
    """Return the credentials of a role that are given for a token."""
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    settings = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    client = boto3.client("sts", endpoint_url=environment["AWS_ENDPOINT_URL"], region_name=REGION, config=settings)
    found = client.assume_role_with_web_identity(RoleArn=role, RoleSessionName="deployer", WebIdentityToken=given)
    taken: dict[str, str] = found["Credentials"]
    return taken


def allow_misjudged(environment: Mapping[str, str], role: str) -> None:
    """Let a role do what ministack judges in another way than AWS."""
    import boto3

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("iam", endpoint_url=environment["AWS_ENDPOINT_URL"], region_name=REGION, **keys)
    statement = {"Effect": "Allow", "Action": list(MISJUDGED), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client.put_role_policy(RoleName=role, PolicyName="ministack", PolicyDocument=document)
