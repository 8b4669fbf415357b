"""Which engines a role asks before it is ready: those that its functions use, for it has an account of no other."""

from __future__ import annotations

from portable.tooling.app.model import Grant
from portable.tooling.infra.blueprint import DeployedFunction
from portable_container.deploy.image import image_of
from portable_container.runtime.engines import Engines

QUEUE = {"kind": "queue", "queue": "jobs"}


def function(name: str, trigger: dict[str, object], *grants: Grant) -> DeployedFunction:
    return DeployedFunction(name, trigger, f"entry_{name}", 256, 30, name, grants)


def test_a_role_asks_the_engines_of_its_functions_alone() -> None:
    image = image_of(
        "shop",
        [
            function("show", {"kind": "http"}, Grant("photos", "bucket", ("get",))),
            function("send", {"kind": "http"}, Grant("jobs", "queue", ("send",))),
            function("list", {"kind": "http"}, Grant("orders", "table", ("query",))),
            function("work", QUEUE),
        ],
        [],
    )
    assert image.asks == {"show": ("store",), "send": ("nats",), "list": ("postgres",), "work": ("nats",)}
    assert Engines(image, ["show"], "shop_dev").missing() is None
    for name, engine in (("send", "NATS"), ("work", "NATS"), ("list", "PostgreSQL")):
        missing = Engines(image, ["show", name], "shop_dev").missing()
        assert missing is not None
        assert missing.startswith(engine)
