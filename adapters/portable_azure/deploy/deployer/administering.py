"""What the core asks of Azure about who deploys."""

from __future__ import annotations

from pathlib import Path

from portable.tooling.infra.administering import Administering, SignIn
from portable_azure.deploy.deployer.documents import documents

_AUDIENCE = "api://AzureADTokenExchange"
_REGION = {"TF_VAR_region": "the region of the stage"}
_VARIABLES = {
    "ARM_CLIENT_ID": "the output `client_id` of the deployer",
    "ARM_TENANT_ID": "its output `tenant_id`",
    "ARM_SUBSCRIPTION_ID": "its output `subscription_id`",
    **_REGION,
}
_GITHUB = {"ARM_USE_OIDC": "true", **{name: f"${{{{ vars.{name} }}}}" for name in _VARIABLES}}

ADMINISTERING = Administering(
    actions=Path(__file__).parents[1] / "deployer.toml",
    documents=documents,
    audience={"github": _AUDIENCE, "gitlab": _AUDIENCE, "azure-pipelines": _AUDIENCE},
    sign_in={
        "github": SignIn(
            variables=_VARIABLES,
            steps=(
                {
                    "name": "Sign in to Azure",
                    "uses": "azure/login@v2",
                    "with": {
                        "client-id": "${{ vars.ARM_CLIENT_ID }}",
                        "tenant-id": "${{ vars.ARM_TENANT_ID }}",
                        "subscription-id": "${{ vars.ARM_SUBSCRIPTION_ID }}",
                    },
                },
            ),
            environment=_GITHUB,
        ),
        "gitlab": SignIn(
            variables=_VARIABLES,
            script=(
                "export ARM_USE_OIDC=true",
                'export ARM_OIDC_TOKEN_FILE_PATH="$PORTABLE_TOKEN_FILE"',
                'export AZURE_FEDERATED_TOKEN_FILE="$PORTABLE_TOKEN_FILE"',
                'export AZURE_CLIENT_ID="$ARM_CLIENT_ID"',
                'export AZURE_TENANT_ID="$ARM_TENANT_ID"',
            ),
        ),
        "azure-pipelines": SignIn(
            variables={
                "ARM_SUBSCRIPTION_ID": "the output `subscription_id` of the deployer",
                **_REGION,
            },
            script=(
                "export ARM_USE_OIDC=true",
                "export ARM_CLIENT_ID=$servicePrincipalId",
                "export ARM_TENANT_ID=$tenantId",
                "name=ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
                'export "$name=$AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"',
            ),
            environment={"TF_VAR_region": "$(TF_VAR_region)"},
        ),
    },
)
"""On GitHub and Azure Pipelines the engine asks for new tokens by itself, because a deployment may outlive one."""
