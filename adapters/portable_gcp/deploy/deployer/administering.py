"""What the core asks of Google Cloud about who deploys."""

from __future__ import annotations

from pathlib import Path

from portable.tooling.infra.administering import Administering, SignIn
from portable_gcp.deploy.deployer.documents import documents

_AUDIENCE = "portable-deploy"
_PLACE = {"GOOGLE_PROJECT": "the project of the stage", "GOOGLE_REGION": "its region"}
_VARIABLES = {
    "PORTABLE_PROVIDER": "the output `provider` of the deployer",
    "PORTABLE_ACCOUNT": "its output `service_account`",
    **_PLACE,
}
_WITH_FILE = SignIn(
    variables=_VARIABLES,
    script=(
        "api=https://iamcredentials.googleapis.com/v1",
        "accounts=$api/projects/-/serviceAccounts",
        "jwt=urn:ietf:params:oauth:token-type:jwt",
        'export GOOGLE_APPLICATION_CREDENTIALS="$(mktemp)"',
        'cat > "$GOOGLE_APPLICATION_CREDENTIALS" <<END\n'
        "{\n"
        '  "type": "external_account",\n'
        '  "audience": "//iam.googleapis.com/$PORTABLE_PROVIDER",\n'
        '  "subject_token_type": "$jwt",\n'
        '  "token_url": "https://sts.googleapis.com/v1/token",\n'
        '  "service_account_impersonation_url":\n'
        '    "$accounts/$PORTABLE_ACCOUNT:generateAccessToken",\n'
        '  "credential_source": {"file": "$PORTABLE_TOKEN_FILE"}\n'
        "}\n"
        "END\n",
    ),
)
"""Google's libraries and the engine both read this file. It holds no secret: the token is in a file of its own."""

ADMINISTERING = Administering(
    actions=Path(__file__).parents[1] / "deployer.toml",
    documents=documents,
    audience={"github": _AUDIENCE, "gitlab": _AUDIENCE, "azure-pipelines": "api://AzureADTokenExchange"},
    sign_in={
        "github": SignIn(
            variables=_VARIABLES,
            steps=(
                {
                    "name": "Sign in to Google Cloud",
                    "uses": "google-github-actions/auth@v3",
                    "with": {
                        "workload_identity_provider": "${{ vars.PORTABLE_PROVIDER }}",
                        "service_account": "${{ vars.PORTABLE_ACCOUNT }}",
                        "audience": _AUDIENCE,
                    },
                },
            ),
            environment={name: f"${{{{ vars.{name} }}}}" for name in _PLACE},
        ),
        "gitlab": _WITH_FILE,
        "azure-pipelines": _WITH_FILE,
    },
)
