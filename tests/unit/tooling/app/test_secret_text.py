"""What looks like a secret by its content, and what only mentions one."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.tooling.app.secret_text import secret_text

BODY = base64.b64encode(bytes(range(96))).decode()


def block(kind: str, body: str = BODY, newline: str = "\n") -> str:
    return f"-----BEGIN {kind}-----{newline}{body}{newline}-----END {kind}-----{newline}"


SECRETS = {
    "a private key": [
        block("PRIVATE KEY"),
        block("RSA PRIVATE KEY"),
        block("OPENSSH PRIVATE KEY", "b3BlbnNzaA=="),
        block("PRIVATE KEY", "MIIE..."),
        block("ENCRYPTED PRIVATE KEY", newline="\r\n"),
        block("RSA PRIVATE KEY", f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n{BODY}"),
        block("PGP PRIVATE KEY BLOCK", f"Version: 1\n\n{BODY}"),
        f"key: |\n  {block('EC PRIVATE KEY', '  ' + BODY)}",
        f"KEY = {block('PRIVATE KEY')!r}",
        json.dumps({"key": block("PRIVATE KEY")}),
        json.dumps(json.dumps({"key": block("PRIVATE KEY")})),
        f'KEY = (\n    "-----BEGIN PRIVATE KEY-----\\n"\n    "{BODY}"\n)',
    ],
    "an AWS access key": ["id = 'AKIA" + "Q" * 16 + "'", "ASIA" + "2" * 16, '{"k":"AKIA' + "A1" * 8 + '"}'],
    "an AWS secret access key": [
        "aws_secret_access_key = " + "a/B+" * 10,
        '"SecretAccessKey": "' + "x" * 40 + '"',
        "AWS_SECRET_ACCESS_KEY='" + "k" * 40 + "'",
        "os.environ['AWS_SECRET_ACCESS_KEY'] = '" + "k" * 40 + "'",
        'environ.setdefault("AWS_SECRET_ACCESS_KEY", "' + "k" * 40 + '")',
    ],
    "a private key in base64": [
        f"client-key-data: {base64.b64encode(block(kind).encode()).decode()}"
        for kind in ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "OPENSSH PRIVATE KEY")
    ],
    "the login of a Google user": [
        json.dumps({"client_id": "x", "refresh_token": "y", "type": "authorized_user"}),
        json.dumps({"type": "authorized_user", "refresh_token": "y"}, indent=1),
    ],
    "a shared access signature of Azure": [
        "https://shop.blob.core.windows.net/c?sv=2022-11-02&sig=" + "aB1" * 14 + "%3D"
    ],
    "a client secret of Azure": ["AZURE_CLIENT_SECRET=ab.8Q~" + "x" * 34],
    "a DigitalOcean token": ["dop_v1_" + "0a" * 32],
    "a Vault token": ["hvs." + "aB1" * 30],
    "a Hugging Face token": ["hf_" + "aB" * 17],
    "a key of an AI service": ["sk-" + "a1B2" * 5 + "T3BlbkFJ" + "a1B2" * 5],
    "a Google API key": ["AIza" + "S" * 35],
    "the key of a Google service account": [
        '{"type": "service_account", "private_key_id": "1", "private_key": "x"}',
        '{"private_key": "x",\n "type" : "service_account"}',
    ],
    "the key of an Azure account": ["AccountName=shop;AccountKey=" + "a" * 86 + "==;EndpointSuffix=core.windows.net"],
    "an Azure access key": ["Endpoint=sb://x/;SharedAccessKey=" + "b" * 43 + "="],
    "a GitHub token": ["ghp_" + "a" * 36, "token: ghs_" + "B" * 36, "github_pat_" + "1" * 82],
    "a Slack token": ["xoxb-123456789012-123456789012-abcdefABCDEF", "xoxp-1234567890-1234567890123"],
    "a Stripe key": ["sk_live_" + "a" * 24, "rk_live_" + "4" * 24],
}


@pytest.mark.parametrize(("what", "text"), [(what, text) for what, texts in SECRETS.items() for text in texts])
def test_a_secret_is_found_with_its_line(what: str, text: str) -> None:
    for data in (text.encode(), f"first\nsecond\n{text}\n".encode()):
        found = secret_text(data)
        assert found is not None
        assert found.what == what
    assert found.line >= 3


def test_a_text_that_powershell_wrote_is_read_too() -> None:
    assert secret_text(("x\n" + block("PRIVATE KEY")).encode("utf-16")) is not None


def test_a_key_inside_of_a_binary_file_is_found_and_a_short_form_is_not() -> None:
    assert secret_text(b"\0\1\2" + block("RSA PRIVATE KEY").encode()) is not None
    assert secret_text(b"\0\1\2 ASIA" + b"2" * 16) is None


ORDINARY = [
    "https://example.com/?sig=1&sv=2",
    f"certificate-authority-data: {base64.b64encode(block('CERTIFICATE').encode()).decode()}",
    "is this 10Q~ or not",
    block("CERTIFICATE"),
    block("PUBLIC KEY"),
    block("RSA PUBLIC KEY"),
    block("PGP PUBLIC KEY BLOCK"),
    'if "-----BEGIN PRIVATE KEY-----" in text:\n    raise ValueError("a private key was sent, which is secret")\n',
    'PEM = "-----BEGIN PRIVATE KEY-----\\n" + body + "\\n-----END PRIVATE KEY-----"\n',
    'pem = f"""-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"""\n',
    "re.compile(r'-----BEGIN (?:RSA )?PRIVATE KEY-----')\n",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n",
    'PREFIXES = ("AKIA", "ASIA", "AIza", "ghp_", "xoxb-", "xoxp-", "sk_live_", "AccountKey=")\n',
    'if key.startswith("AKIA") and len(key) == 20: ...\n',
    "re.compile(r'AKIA[A-Z0-9]{16}')\n",
    "re.compile(r'ghp_[A-Za-z0-9]{36}')\n",
    "XAKIA" + "Q" * 16,
    "AKIA" + "Q" * 30,
    "sk_test_" + "a" * 24,
    "aws_secret_access_key = os.environ['AWS_SECRET_ACCESS_KEY']\n",
    "boto3.client('s3', aws_secret_access_key=settings.aws_secret_access_key_of_the_bucket_reader)\n",
    'secret_access_key="' + "a" * 64 + '"',
    'f"DefaultEndpointsProtocol=https;AccountName={name};AccountKey={key};EndpointSuffix=core.windows.net"\n',
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;",
    'kind = data["type"]\nif kind == "service_account":\n    use(data["private_key"])\n',
    "npm_config_registry_of_the_whole_project = 1\n",
    "data:image/png;base64," + base64.b64encode(bytes(range(256)) * 40).decode(),
]


@pytest.mark.parametrize("text", ORDINARY)
def test_code_that_only_mentions_secrets_is_none(text: str) -> None:
    assert secret_text(text.encode()) is None


def test_machine_code_is_not_read() -> None:
    assert secret_text(b"\x7fELF\0" + block("PRIVATE KEY").encode()) is None


@given(st.binary(max_size=2000))
def test_any_bytes_can_be_looked_at(data: bytes) -> None:
    secret_text(data)
    secret_text(b"-----BEGIN PRIVATE KEY-----" + data)


@pytest.mark.parametrize("piece", [b"-----BEGIN PRIVATE KEY-----", b"\\n", b"A: b\n", b"\n", b'" + "', b"private_key"])
def test_a_hostile_text_costs_what_its_bytes_cost(piece: bytes) -> None:
    """Matching ends at a bounded distance from each place it begins at, so this returns at once or not in a lifetime."""
    secret_text(b"-----BEGIN PRIVATE KEY-----" + piece * (300_000 // len(piece)))
    secret_text(b'"type": "service_account"' * 2000 + piece * 2000)
