"""`func.AsgiFunctionApp` and `func.WsgiFunctionApp` -> `http.asgi` and `http.wsgi`."""

from __future__ import annotations

import ast

from portable.tooling.adopt.azure.apps import Apps
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.values import Carried, Kind

WHAT = (
    "the whole app is one function, at every path; Azure asked for a function key unless http_auth_level said otherwise"
)
INSTEAD = "auth= of http.asgi or http.wsgi says who may call (docs/mounting.md)"


def mount(module: Module, apps: Apps, name: str, call: ast.Call) -> None:
    """Declare the mount of the app that Azure was given, if `call` gives one."""
    kind = apps.azure_name(call.func)
    given = {item.arg: item.value for item in call.keywords if item.arg}
    app = given.get("app") or (call.args[0] if call.args else None)
    if kind not in ("AsgiFunctionApp", "WsgiFunctionApp") or app is None:
        return
    text = module.source.segment(app).removesuffix(".wsgi_app")
    made = f'{module.uses("http")}.{"asgi" if kind.startswith("Asgi") else "wsgi"}("/", {text})'
    module.declared[f"{name}_mount" if name == text else name] = made
    module.note(Kind.changed, WHAT, call, INSTEAD)
    module.carried.append(Carried(name, made, module.source.where(call)))
