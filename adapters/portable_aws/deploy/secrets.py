"""The secrets of a stage on AWS: SecureString parameters. The outputs of the stage in, a store that writes them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portable.errors import PortableError
from portable.tooling.infra.deploying import check_length
from portable_aws.deploy.api import asking, client
from portable_aws.deploy.facts import FACTS


def open_store(outputs: Mapping[str, Any]) -> ParameterStore:
    """Return the store of a stage, in the region that its outputs tell. Raises PortableError without boto3 or a region."""
    return ParameterStore(client(outputs, "ssm"))


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
        with asking(f"writing the parameter {address}"):
            self._client.put_parameter(Name=address, Value=value, Type="SecureString", Overwrite=True)

    def is_set(self, address: str) -> bool:
        """Return whether there is a version after the one that the deployment made."""
        return self._version(address) > 1

    def _version(self, address: str) -> int:
        with asking(f"looking at the parameter {address}"):
            return int(self._client.get_parameter(Name=address)["Parameter"]["Version"])
