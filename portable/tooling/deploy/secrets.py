"""The secrets of a stage: which are set, and setting one. Where they are is what the last deployment said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portable.errors import PortableError
from portable.tooling.deploy.configuration import EngineFailed
from portable.tooling.deploy.faults import explained
from portable.tooling.deploy.next_steps import unset_secrets
from portable.tooling.deploy.order import Order, at_work, deploying_of, written_for
from portable.tooling.infra.stage import check_stage


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
    deploying_of(order.target).secrets(outputs).set(addresses[name], value)


def secrets_set(order: Order) -> dict[str, bool]:
    """Return the secrets of a stage, and whether each was ever given a value."""
    outputs = outputs_of(order)
    unset = unset_secrets(deploying_of(order.target), outputs)
    return {name: name not in unset for name in outputs.get("secrets") or {}}


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
