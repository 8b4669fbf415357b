"""An order for a stage in, the `Remote` of what runs there out, by the manifest of the artifact."""

from __future__ import annotations

from collections.abc import Iterable

from portable.errors import PortableError
from portable.tooling.app.settings import load_settings
from portable.tooling.bundle.manifest import NAME, read_manifest
from portable.tooling.deploy.order import Order, remote_of
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.remote import Remote, Running
from portable.tooling.infra.stage import check_stage
from portable.tooling.targets import target_names


def reach(order: Order) -> Remote:
    """Return what talks to the stage of an order.

    Raises PortableError for a target that has nothing, without a manifest, for one of another app, and for a name that no
    stage has.
    """
    made, folder = remote_of(order.target), order.out / order.target
    settings = load_settings(order.app, order.target, target_names())
    check_stage(settings.name, order.stage)
    if not (folder / NAME).is_file():
        raise PortableError(
            f"{folder / NAME} is not there, and it says what the app has: run `portable package {order.app} --target "
            f"{order.target}`"
        )
    running = order.running(read_manifest(folder))
    if running.blueprint.app != settings.name:
        raise PortableError(
            f'{folder} holds the app "{running.blueprint.app}", and this is "{settings.name}": name the other one\'s folder, '
            "or choose another --out"
        )
    return made(running)


def chosen(running: Running, names: Iterable[str]) -> tuple[DeployedFunction, ...]:
    """Return functions by their names, or by the Python names that these are made of; all of them when none is named.

    Raises PortableError for a name that none has.
    """
    known = {function.name: function for function in running.blueprint.functions}
    wanted = dict.fromkeys(name if name in known else name.replace("_", "-") for name in names)
    for name in wanted:
        if name not in known:
            raise PortableError(
                f"there is no function {name!r}; {running.blueprint.app} has {', '.join(known) or 'none'}"
            )
    return tuple(known[name] for name in wanted) or tuple(known.values())
