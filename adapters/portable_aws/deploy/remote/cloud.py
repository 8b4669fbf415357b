"""A stage on AWS: its names, and clients in its region."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from portable.errors import NotFound
from portable.tooling.infra.remote import Running
from portable.tooling.infra.terraform import Expression
from portable_aws.deploy.api import TRIES, asking, client
from portable_aws.deploy.infra.places import ACCOUNT, AwsPlaces


class AwsCloud:
    """A stage on AWS."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self.places = AwsPlaces(running.blueprint, running.stage)

    def client(self, service: str, *, tries: int = TRIES, patience: float = 60) -> Any:
        """Return a client of boto3; `patience` are the seconds that an answer may take."""
        return client(self._running.outputs, service, tries=tries, patience=patience)

    def named(self, name: Expression) -> str:
        """Return a name of the infrastructure with the number of the account that is signed in."""
        with asking("asking which account is signed in"):
            number = self.client("sts").get_caller_identity()["Account"]
        return str.replace(name, ACCOUNT, number)

    @contextmanager
    def deployed(self, what: str) -> Iterator[None]:
        """Do what `asking` does, and say for what is not there that the stage must be deployed first."""
        try:
            with asking(what):
                yield
        except NotFound as error:
            raise NotFound(f"{error}. {self._running.deploy_first}, or choose another region or account") from error
