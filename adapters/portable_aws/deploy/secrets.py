"""The secrets of a stage on AWS: SecureString parameters. The outputs of the stage in, a store that writes them out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from portable.errors import PortableError
from portable.tooling.infra.deploying import check_length
from portable_aws.deploy.facts import FACTS


def open_store(outputs: Mapping[str, Any]) -> ParameterStore:
    """Return the store of a stage, in the region that its outputs tell. Raises PortableError without boto3 or credentials."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise PortableError('secrets on AWS need boto3: pip install "portable-functions[aws]"') from error
    region = outputs.get("region") or os.environ.get("AWS_REGION") or None
    try:
        return ParameterStore(boto3.client("ssm", region_name=region))
    except BotoCoreError as error:
        raise PortableError(f"AWS cannot be reached: {error}") from error


class ParameterStore:
    """Parameters by their names."""

    def __init__(self, client: Any) -> None:
        """`client` is boto3's client of SSM."""
        self._client = client

    def set(self, address: str, value: str) -> None:
        """Write a value. The parameter was made by the deployment: one that is not there is not made here."""
        check_length(value, FACTS.most("secret"), "AWS")
        if not value:
            raise PortableError("a secret on AWS cannot be empty")
        self._version(address)
        self._call("put_parameter", Name=address, Value=value, Type="SecureString", Overwrite=True)

    def is_set(self, address: str) -> bool:
        """Return whether there is a version after the one that the deployment made."""
        return self._version(address) > 1

    def _version(self, address: str) -> int:
        return int(self._call("get_parameter", Name=address)["Parameter"]["Version"])

    def _call(self, method: str, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        name = arguments["Name"]
        try:
            return getattr(self._client, method)(**arguments)
        except ClientError as error:
            told = error.response.get("Error", {})
            if told.get("Code") == "ParameterNotFound":
                raise PortableError(f"AWS has no parameter {name}: deploy the stage first") from error
            raise PortableError(f"AWS refused for the parameter {name}: {told.get('Message') or error}") from error
        except BotoCoreError as error:
            raise PortableError(f"the parameter {name} could not be reached: {error}") from error
