"""What the core asks of AWS about who deploys."""

from __future__ import annotations

from pathlib import Path

from portable.tooling.infra.administering import Administering, SignIn
from portable_aws.deploy.deployer.documents import documents

_ROLE, _REGION = "PORTABLE_ROLE", "AWS_REGION"
_VARIABLES = {_ROLE: "the output `role` of the deployer", _REGION: "the region of the stage"}
_WITH_FILE = SignIn(
    variables=_VARIABLES,
    script=(
        'export AWS_ROLE_ARN="$PORTABLE_ROLE"',
        'export AWS_WEB_IDENTITY_TOKEN_FILE="$PORTABLE_TOKEN_FILE"',
    ),
)
"""boto3 and the engine both take a role with a token in a file."""

ADMINISTERING = Administering(
    actions=Path(__file__).parents[1] / "deployer.toml",
    documents=documents,
    audience={
        "github": "sts.amazonaws.com",
        "gitlab": "sts.amazonaws.com",
        "azure-pipelines": "api://AzureADTokenExchange",
    },
    sign_in={
        "github": SignIn(
            variables=_VARIABLES,
            steps=(
                {
                    "name": "Sign in to AWS",
                    "uses": "aws-actions/configure-aws-credentials@v5",
                    "with": {
                        "role-to-assume": "${{ vars.PORTABLE_ROLE }}",
                        "aws-region": "${{ vars.AWS_REGION }}",
                    },
                },
            ),
        ),
        "gitlab": _WITH_FILE,
        "azure-pipelines": _WITH_FILE,
    },
    limits=True,
)
