"""What deploying to Azure differs in: where data is, how to sign in, how failures read, and the store of secrets."""

from __future__ import annotations

from portable.tooling.infra.deploying import Deploying, Queues
from portable_azure.deploy.infra.apps import CODE
from portable_azure.deploy.secrets import open_store
from portable_azure.runtime.eventing import PAGE

DEPLOYING = Deploying(
    data={
        "azurerm_cosmosdb_sql_container": "table",
        "azurerm_eventhub": "stream",
        "azurerm_key_vault_secret": "secret",
        "azurerm_storage_container": "bucket",
        "azurerm_storage_queue": "queue",
    },
    disposable=(f"_{CODE}",),
    environment=("ARM_SUBSCRIPTION_ID", "ARM_TENANT_ID", "ARM_ENVIRONMENT"),
    sign_in=(
        "Sign in to Azure, for example with `az login`, and give ARM_SUBSCRIPTION_ID; a pipeline gives ARM_CLIENT_ID, "
        "ARM_TENANT_ID and ARM_USE_OIDC"
    ),
    failures={
        "credentials": (
            "unable to build authorizer",
            "could not configure AzureCli Authorizer",
            "please run 'az login'",
            "subscription_id` is a required provider property",
            "subscription ID could not be determined",
            "ExpiredAuthenticationToken",
            "InvalidAuthenticationToken",
            "AADSTS",
        ),
        "quota": ("QuotaExceeded", "SubscriptionIsOverQuotaForSku", "LimitExceeded", "exceeding approved"),
        "exists": (
            "already exists - to be managed via Terraform",
            "AlreadyTaken",
            "AlreadyExists",
            "already in use",
            "VaultAlreadyExists",
        ),
        "denied": (
            "AuthorizationFailed",
            "AuthorizationPermissionMismatch",
            "LinkedAuthorizationFailed",
            "ForbiddenByRbac",
        ),
    },
    secrets=open_store,
    queues=Queues(look=f"Azure shows the first {PAGE} messages of a queue"),
)
