"""Names that hold the account's number: an expression of the infrastructure in, the name itself out."""

from __future__ import annotations

from portable.tooling.infra.remote import Running
from portable.tooling.infra.terraform import Expression
from portable_aws.deploy.infra.places import ACCOUNT
from portable_aws.deploy.remote.clients import asking, client


def named(running: Running, name: Expression) -> str:
    """Return a name, with the number of the account that is signed in."""
    with asking("asking which account is signed in"):
        number = client(running, "sts").get_caller_identity()["Account"]
    return str.replace(name, ACCOUNT, number)
