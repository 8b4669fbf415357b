"""What the tests of commands of a stage share: who agrees to everything, the state that an engine would leave, a refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from portable.errors import PortableError
from portable.tooling.deploy.configuration import Planned
from portable.tooling.deploy.deploying import deploy
from portable.tooling.deploy.loss import Loss
from portable.tooling.deploy.order import Order

QUEUE = "aws_sqs_queue.jobs"
STATE = "terraform.tfstate.d/{stage}/terraform.tfstate"


class Asked:
    """Agrees to everything and remembers what it was asked."""

    def __init__(self) -> None:
        self.lost: list[tuple[Loss, ...]] = []

    def __call__(self, found: Planned, lost: tuple[Loss, ...]) -> None:
        self.lost.append(lost)


def state(order: Order, serial: int, resources: list[Any] | None = None, lineage: str = "one") -> None:
    """Write what an engine would leave."""
    file = order.folder / STATE.format(stage=order.stage)
    file.parent.mkdir(parents=True, exist_ok=True)
    if not (order.folder.parent / "manifest.json").exists():
        (order.folder.parent / "manifest.json").write_text('{"schema": 2, "target": "aws"}')
    held = {} if resources is None else {"resources": resources}
    file.write_text(json.dumps({"lineage": lineage, "serial": serial, **held}))


def refused(order: Order, act: Callable[[Order], Any] = lambda order: deploy(order, Asked())) -> str:
    with pytest.raises(PortableError) as caught:
        act(order)
    return str(caught.value)
