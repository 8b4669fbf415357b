"""`Deploying`: what the commands of a stage need of a target whose infrastructure an engine makes. Everything else is the same.

`deploy`, `destroy`, `secret` and the commands over data ask nothing else of a target.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from portable.errors import PortableError
from portable.tooling.app.model import AppModel
from portable.tooling.infra.remote import Running
from portable.tooling.infra.stage import Stage

Cause = Literal["credentials", "denied", "exists", "protected", "quota"]
"""Why a provider refused: nobody who may is signed in, it is not allowed, the thing is there already, data is
protected from being deleted, a limit is reached."""
DELETE_DATA = "delete_data"
"""The variable that takes away every protection of data. A configuration that protects any has it, false by default."""

PUBLISHED = "published"
"""The variable of a configuration that cannot bring the code: False until the code is there, True by default."""
DATA_MAY_GO = "Take away what protects data from being deleted."
"""What is said of that variable."""
UNSET = "unset"
"""What a secret says until its owner sets it, where it cannot be empty."""


@dataclass(frozen=True, slots=True)
class Queues:
    """How the queues of a cloud differ for somebody who looks at them from outside.

    `look` says in a sentence what a look does there, or what it does not show. `counted` says that a look counts as one
    of the attempts that a function has for a message. `pushed` is what brings the messages to a function so that nobody
    else can take them, "" where anybody can. `empty` deletes all that waits in a queue, by its driver, where messages
    cannot be taken one after another.
    """

    look: str = ""
    counted: bool = False
    pushed: str = ""
    empty: Callable[[Any], None] | None = None


class SecretStore(Protocol):
    """The store of a stage's secrets. An address is what the output `secrets` says of one.

    Raises NotFound where there is no such secret, ConfigurationError where nobody is signed in, and another PortableError
    when the store cannot be reached or refuses.
    """

    def set(self, address: str, value: str) -> None:
        """Write the value of a secret, which is read from then on."""
        ...

    def is_set(self, address: str) -> bool:
        """Return whether a secret was ever given a value. The value is not read."""
        ...


class Standing(Protocol):
    """What is there of a stage, whether an engine's state knows it or not. Raises PortableError when it cannot be seen."""

    def claimed(self) -> str | None:
        """Return what shows that a stage of this name is there already, in words for people; None where nothing does."""
        ...

    def found(self, addresses: Collection[str]) -> dict[str, str]:
        """Return those resources of a configuration that are there, each with the id by which the engine takes it over.

        Only those are looked for that making them anew does not refuse, or not soon.
        """
        ...

    def refused(self, address: str, said: str) -> str | None:
        """Return the id of a resource that could not be made because it is there, by what the provider said; None without one."""
        ...


@dataclass(frozen=True, slots=True)
class Deploying:
    """What a target says of its deployments.

    `data` are the engine's types of resources that hold data, each with a word for people: {"aws_s3_bucket": "bucket"}.
    `waiting` are those whose messages only wait for a function; they go with it when a stage is destroyed without its data.
    A resource whose address has one of the endings `disposable` holds nothing that matters. `environment` names the variables that choose the account and
    the region, `sign_in` is a sentence that says how to sign in. `failures` are parts of the provider's messages by their
    cause. `secrets` makes the store from the outputs of a stage. `standing` looks for what no state knows. `places` are the
    variables by which drivers find a stage, beside the addresses, each with the output that tells it; `queues` is how its
    queues differ.
    """

    data: Mapping[str, str]
    environment: tuple[str, ...]
    sign_in: str
    failures: Mapping[Cause, tuple[str, ...]]
    secrets: Callable[[Mapping[str, Any]], SecretStore]
    disposable: tuple[str, ...] = ()
    waiting: Mapping[str, str] = field(default_factory=dict)
    standing: Callable[[Running], Standing] | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    queues: Queues = Queues()

    def holds(self, kind: str, address: str) -> str | None:
        """Return the word for what a resource holds data in, None for one that holds none."""
        return self.data.get(kind) if self._matters(address) else None

    def loses(self, kind: str, address: str) -> str | None:
        """Return the word for what is lost with a resource, messages that wait in it too; None when nothing is."""
        return self.data.get(kind, self.waiting.get(kind)) if self._matters(address) else None

    def _matters(self, address: str) -> bool:
        return not address.partition("[")[0].endswith(self.disposable) if self.disposable else True


DEPLOY_FIRST = "Deploy the stage first"
"""What to do where something of a stage is not there."""


@dataclass(frozen=True, slots=True)
class ByName:
    """What the commands over the data of a stage need of a target whose resources are called by a rule, not by an engine.

    `addresses` returns the variables that say where the resources of an app are in a stage. `sign_in` and `queues` are as in
    `Deploying`; `first` says what makes the resources.
    """

    addresses: Callable[[AppModel, Stage], Mapping[str, str]]
    sign_in: str
    queues: Queues = Queues()
    first: str = DEPLOY_FIRST


def check_length(value: str, most: int, cloud: str) -> None:
    """Raise PortableError for the value of a secret that has more than `most` bytes; `cloud` is its name for people."""
    if len(value.encode()) > most:
        raise PortableError(f"a secret on {cloud} has at most {most} bytes in UTF-8, and this one has more")
