"""The secrets of a stage: which are set, and setting one. Where they are is what the last deployment said."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from portable.errors import PortableError
from portable.tooling.deploy.order import Order, deploying_of
from portable.tooling.deploy.outputs import outputs_of, told
from portable.tooling.infra.deploying import Deploying

AT_ONCE = 8
"""Secrets that are asked for at the same time."""


def set_secret(order: Order, name: str, value: str) -> None:
    """Give a secret of a stage its value. Raises PortableError for one that the deployed app does not have."""
    deploying = deploying_of(order.target)
    outputs = outputs_of(order)
    addresses: Mapping[str, str] = outputs.get("secrets") or {}
    if name not in addresses:
        known = f"it has {', '.join(sorted(addresses))}" if addresses else "it has none"
        raise PortableError(
            f'the stage {order.stage} has no secret "{name}": {known}. A new one is there after '
            f"`{order.again('deploy')}`"
        )
    with told(deploying):
        deploying.secrets(outputs).set(addresses[name], value)


def secrets_set(order: Order) -> dict[str, bool]:
    """Return the secrets of a stage, and whether each was ever given a value."""
    deploying = deploying_of(order.target)
    outputs = outputs_of(order)
    unset = unset_secrets(deploying, outputs)
    return {name: name not in unset for name in outputs.get("secrets") or {}}


def unset_secrets(deploying: Deploying, outputs: Mapping[str, Any]) -> list[str]:
    """Return the names of a stage's secrets that were never given a value. Raises PortableError."""
    addresses: dict[str, str] = dict(outputs.get("secrets") or {})
    if not addresses:
        return []
    store = deploying.secrets(outputs)
    with told(deploying), ThreadPoolExecutor(AT_ONCE) as pool:
        states = pool.map(store.is_set, addresses.values())
        return [name for name, is_set in zip(addresses, states, strict=True) if not is_set]
