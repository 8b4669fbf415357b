"""Where the data of a stage is: the outputs of its last deployment; and what to do where its cloud refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from portable.errors import ConfigurationError, NotFound, PortableError
from portable.tooling.deploy.configuration import EngineFailed
from portable.tooling.deploy.faults import explained
from portable.tooling.deploy.order import Order, at_work, written_for
from portable.tooling.infra.deploying import DEPLOY_FIRST, ByName, Deploying
from portable.tooling.infra.stage import check_stage


@contextmanager
def told(deploying: Deploying | ByName) -> Iterator[None]:
    """Say what to do where something that the deployment made is not there, and where nobody is signed in."""
    try:
        yield
    except NotFound as error:
        first = deploying.first if isinstance(deploying, ByName) else DEPLOY_FIRST
        raise NotFound(f"{sentence(error)} {first}") from error
    except ConfigurationError as error:
        if isinstance(error.__cause__, ImportError):
            raise
        raise PortableError(f"{sentence(error)} {deploying.sign_in}") from error


def sentence(error: PortableError) -> str:
    """Return what an error says, with a full stop: the first line, as the SDKs of some clouds add all that they have tried."""
    first = str(error).strip().partition("\n")[0].strip()
    return f"{first.rstrip('.')}."


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
