"""The secrets of a stage: which are set, and setting one. Where they are is what the last deployment said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from portable.errors import ConfigurationError, NotFound, PortableError
from portable.tooling.deploy.configuration import EngineFailed
from portable.tooling.deploy.faults import explained
from portable.tooling.deploy.order import Order, at_work, deploying_of, written_for
from portable.tooling.infra.deploying import Deploying
from portable.tooling.infra.stage import check_stage

AT_ONCE = 8
"""Secrets that are asked for at the same time."""


def set_secret(order: Order, name: str, value: str) -> None:
    """Give a secret of a stage its value. Raises PortableError for one that the deployed app does not have."""
    outputs = outputs_of(order)
    addresses: Mapping[str, str] = outputs.get("secrets") or {}
    if name not in addresses:
        known = f"it has {', '.join(sorted(addresses))}" if addresses else "it has none"
        raise PortableError(
            f'the stage {order.stage} has no secret "{name}": {known}. A new one is there after '
            f"`{order.again('deploy')}`"
        )
    deploying = deploying_of(order.target)
    with _told(deploying):
        deploying.secrets(outputs).set(addresses[name], value)


def secrets_set(order: Order) -> dict[str, bool]:
    """Return the secrets of a stage, and whether each was ever given a value."""
    outputs = outputs_of(order)
    unset = unset_secrets(deploying_of(order.target), outputs)
    return {name: name not in unset for name in outputs.get("secrets") or {}}


def unset_secrets(deploying: Deploying, outputs: Mapping[str, Any]) -> list[str]:
    """Return the names of a stage's secrets that were never given a value. Raises PortableError."""
    addresses: dict[str, str] = dict(outputs.get("secrets") or {})
    if not addresses:
        return []
    store = deploying.secrets(outputs)
    with _told(deploying), ThreadPoolExecutor(AT_ONCE) as pool:
        states = pool.map(store.is_set, addresses.values())
        return [name for name, is_set in zip(addresses, states, strict=True) if not is_set]


@contextmanager
def _told(deploying: Deploying) -> Iterator[None]:
    """Say what to do where the store has no such secret, and where nobody is signed in."""
    try:
        yield
    except NotFound as error:
        raise PortableError(f"{error}. Deploy the stage first") from error
    except ConfigurationError as error:
        raise PortableError(f"{str(error).rstrip('.')}. {deploying.sign_in}") from error


def outputs_of(order: Order) -> Mapping[str, Any]:
    """Return the outputs of the last deployment: as they are remembered here, else as the engine knows them."""
    check_stage("app", order.stage)
    record = order.record()
    if record is not None and record.outputs:
        return record.outputs
    missing = PortableError(
        f"nothing is known of the stage {order.stage} in {order.folder}. Run `{order.again('deploy')}` first"
    )
    if written_for(order.folder) != order.stage:
        raise missing
    with at_work(order) as work:
        configuration = work.configuration()
        try:
            configuration.ready()
            found = configuration.outputs()
        except EngineFailed as error:
            raise explained(error, work.situation("")) from error
    if not found:
        raise missing
    return found
