"""Secrets and settings on AWS: takes the name of a SecureString parameter in SSM Parameter Store; returns its text."""

from __future__ import annotations

from portable.settings.cache import keeping
from portable.settings.setting import read_setting as read_setting
from portable_aws.runtime.clients import AwsClient, shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.settings.driver import ReadSecret


def secret_reader(client: AwsClient | None = None) -> ReadSecret:
    """Return a function that reads decrypted parameters. It makes its boto3 client at the first call."""
    used = client or shared("ssm")

    def read(address: str) -> str:
        request = {"Name": address, "WithDecryption": True}
        answer = used.call("get_parameter", f"secret {address} (SSM)", request)
        return str(answer["Parameter"]["Value"])

    return read


read_secret = keeping(secret_reader)
"""Return the value of a secret at an address, cached for five minutes."""
