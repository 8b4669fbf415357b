"""Code that no infrastructure brings: an artifact in, the code in every unit of the stage out.

A configuration whose engine cannot bring the code has the variable `published`. What calls functions is left out of it as long
as that is false, because the provider wants the code to be there first.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from portable.errors import PortableError
from portable.tooling.deploy.configuration import Configuration
from portable.tooling.deploy.faults import DeployFailed
from portable.tooling.deploy.keeping import resources
from portable.tooling.deploy.order import Order, remote_of
from portable.tooling.deploy.record import Record
from portable.tooling.infra.deploying import PUBLISHED
from portable.tooling.infra.files import declares

AT_ONCE = 8
"""Units that get the code at the same time."""


def brings_no_code(folder: Path) -> bool:
    """Say whether the code of a configuration must be published."""
    return declares(folder, PUBLISHED)


def is_first(order: Order, before: Record | None, configuration: Configuration, manifest: Mapping[str, Any]) -> bool:
    """Say whether a stage has never had any code. The cloud is asked where this machine does not know it.

    Raises PortableError when it does not answer: what calls functions must not be taken away by a guess.
    """
    if before is not None:
        return not before.published
    if not resources(configuration.state()):
        return True
    remote = remote_of(order.target)(order.running(manifest, configuration.outputs()))
    return not all(code.mark for code in remote.code(list(remote.units())).values())


def publish(order: Order, manifest: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Bring the code to every unit. Raises DeployFailed when one of them did not get it."""
    remote = remote_of(order.target)(order.running(manifest, outputs))
    units = list(remote.units())
    order.report(f"bringing the code, {manifest['size']} bytes")
    try:
        put = remote.publish(order.artifact / "bundle.zip")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(put, units))
    except PortableError as error:
        raise DeployFailed(
            f"{error}\nThe resources of the stage {order.stage} are there, but not all of its code: {', '.join(units)}. "
            f"Run `{order.again()}` again to go on"
        ) from error
