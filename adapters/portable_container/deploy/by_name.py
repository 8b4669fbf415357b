"""Where the data of a stage is, for `portable table`, `bucket` and `queue`: names follow from the app and the stage.

The engines are those of the shell, by the variables that the image has, too.
"""

from __future__ import annotations

from portable.tooling.app.model import AppModel
from portable.tooling.infra.blueprint import deployed
from portable.tooling.infra.deploying import ByName, Queues
from portable.tooling.infra.stage import Stage
from portable.tooling.plan import Plan, PlannedFunction
from portable_container.deploy.entries import module_of
from portable_container.deploy.image import image_of
from portable_container.runtime.addresses import STAGE, addresses


def _addresses(app: AppModel, stage: Stage) -> dict[str, str]:
    functions = tuple(PlannedFunction(function.name, module_of(function)) for function in app.functions)
    plan = Plan("container", app, "", "", {}, functions)
    return addresses(image_of(app.name, deployed(plan), app.resources), {STAGE: stage.name})


BY_NAME = ByName(
    _addresses,
    "Set what the image has, with an account that may do this: PORTABLE_POSTGRES, PORTABLE_NATS, AWS_ENDPOINT_URL_S3 and its keys",
    Queues("JetStream counts a look as a delivery", counted=True),
    "Look at the name of the stage. `migrate` of the image makes tables and queues, the administrator of the store its buckets",
)
