"""A finished deployment -> what its user must do next: secrets without a value, and alarms that reach nobody."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portable.errors import PortableError
from portable.tooling.deploy.configuration import variable_files
from portable.tooling.deploy.order import Order
from portable.tooling.deploy.secrets import unset_secrets
from portable.tooling.infra.deploying import Deploying
from portable.tooling.infra.domains import READY
from portable.tooling.infra.files import declares

ALARM_EMAIL = "alarm_email"
"""The variable of every target that says who is told of alarms."""


def next_steps(order: Order, deploying: Deploying, outputs: Mapping[str, Any]) -> list[str]:
    """Return what to do, as sentences with commands."""
    found = []
    addresses = outputs.get("secrets") or {}
    try:
        unset = unset_secrets(deploying, outputs)
    except PortableError as error:
        found.append(f"look whether the secrets {', '.join(addresses)} are set: {error}")
    else:
        found += [f"give the secret {name} its value: `{order.again(f'secret set {name}')} < FILE`" for name in unset]
    found += _records(order, outputs.get("domain"))
    if _tells_nobody(order):
        file = order.folder / f"{order.stage}.tfvars"
        found.append(f'say who is told of alarms: `{ALARM_EMAIL} = "you@example.com"` in {file}, and deploy again')
    return found


def _records(order: Order, domain: Mapping[str, Any] | None) -> list[str]:
    """Return which records of DNS the owner of a domain must set, and what makes the domain then."""
    if not domain or not domain["records"]:
        return []
    records = "; ".join(f"{each['name']} {each['type']} {each['value']}" for each in domain["records"])
    done = f"`{READY} = true` in {order.folder / f'{order.stage}.tfvars'}, and deploy again"
    return [f"set the DNS records of {domain['name']}: {records}{'' if domain['live'] else f'. Then {done}'}"]


def _tells_nobody(order: Order) -> bool:
    """Say whether the variable of alarms is there and nobody has given it a value."""
    if not declares(order.folder, ALARM_EMAIL) or f"TF_VAR_{ALARM_EMAIL}" in order.environment:
        return False
    return not any(ALARM_EMAIL in _text(file) for file in _given(order))


def _given(order: Order) -> list[Path]:
    folder = order.folder
    usual = [folder / "terraform.tfvars", folder / "terraform.tfvars.json"]
    return [*usual, *folder.glob("*.auto.tfvars*"), *variable_files(folder, order.stage)]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
