"""Takes the settings of an app and an order for a stage; opens what the app keeps there, by the adapter's drivers.

Addresses are the outputs of the stage's deployment, or follow from the names (`Target.named`). Drivers find them, and the region, in the environment, as in a function.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from types import MappingProxyType
from typing import Any

from portable.base.drivers import LazyDrivers, variable_name
from portable.errors import NotFound, PermissionDenied, PortableError, Timeout, Unavailable
from portable.settings.redaction import hidden_values
from portable.settings.secret import Secret
from portable.tooling.app.model import AppModel
from portable.tooling.app.settings import Settings
from portable.tooling.deploy.order import Order, deploying_of
from portable.tooling.deploy.outputs import outputs_of, sentence, told
from portable.tooling.deploy.secrets import AT_ONCE
from portable.tooling.dev.secrets import names
from portable.tooling.dev.stored.messages import own_queue
from portable.tooling.dev.stored.opening import Stored, read_model
from portable.tooling.elsewhere import elsewhere
from portable.tooling.infra.deploying import UNSET, ByName, Deploying
from portable.tooling.infra.places import addresses
from portable.tooling.infra.stage import check_stage
from portable.tooling.target import Target
from portable.tooling.targets import load_target

_OBJECT = re.compile(r'bucket ".*?" has no "')
"""How drivers say that an object is not there, which is no fault of the stage."""


@contextmanager
def opened_there(settings: Settings, order: Order, note: Callable[[str], None]) -> Iterator[Stored]:
    """Open what an app keeps in a stage. `note` is told what the user should know. Raises PortableError."""
    target = load_target(order.target)
    named, others = target.named(), elsewhere(settings, target, load_target)
    if named is None:
        where: Deploying | ByName = deploying_of(order.target)
        found, given = _of_deployment(settings, order)
        app = read_model(settings, order.report)
    else:
        where, given, app = named, {}, read_model(settings, order.report)
        found = named.addresses(app, check_stage(settings.name, order.stage))
    if others:
        away = {variable_name(each.kind, each.name) for each in app.resources if each.kind in others}
        found = {name: address for name, address in found.items() if name not in away}
        found |= {name: address for name in away if (address := os.environ.get(name))}
    drivers = StageDrivers(order, where, app, found, others)
    stage = f"the stage {order.stage} on {order.target}"
    with _environment({**found, **given}), _silent():
        yield Stored(settings, app, drivers, StageSecrets(drivers, names(app), note), stage, where.queues)


def _of_deployment(settings: Settings, order: Order) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the addresses that the last deployment has told, and the variables by which drivers find the stage."""
    record, outputs = order.record(), outputs_of(order)
    if record is not None and record.app != settings.name:
        raise PortableError(
            f'{order.folder} holds the stage {order.stage} of the app "{record.app}", and this is "{settings.name}": choose '
            "another --out"
        )
    places = deploying_of(order.target).places
    return addresses(outputs), {name: str(outputs[output]) for name, output in places.items() if outputs.get(output)}


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _silent() -> Iterator[None]:
    """Print nothing of what the SDK of a cloud logs, such as each way to sign in that it has tried: an error says what matters."""
    root, nothing = logging.getLogger(), logging.NullHandler()
    root.addHandler(nothing)
    try:
        yield
    finally:
        root.removeHandler(nothing)


class StageDrivers(LazyDrivers):
    """The drivers of a stage. What they raise says what to do."""

    def __init__(
        self,
        order: Order,
        deploying: Deploying | ByName,
        app: AppModel,
        found: Mapping[str, str],
        others: Mapping[str, Target] = MappingProxyType({}),
    ) -> None:
        """`found` are the addresses of the stage, by their variables; `others` the targets that hold other kinds of resources."""
        away = {kind: f"{other.package}.runtime" for kind, other in others.items()}
        super().__init__(f"{load_target(order.target).package}.runtime", **away)
        self._order, self._app, self._found, self._others = order, app, found, others
        self._deploying: Mapping[str, Deploying | ByName] = {
            kind: other.deploying() or deploying for kind, other in others.items()
        }
        self._usual = deploying

    def of(self, resource: Any) -> Any:
        """Return the driver of a resource. Raises NotFound for one that the stage does not have."""
        if variable_name(resource.kind, resource.name) not in self._found:
            raise NotFound(self._missing(resource.kind, resource.name))
        deploying = self._deploying.get(resource.kind, self._usual)
        with _explained(deploying):
            return _Explaining(super().of(resource), deploying)

    def secret(self, secret: Secret) -> str:
        """Return the value of a secret. Raises NotFound for one that the stage does not have, or that was never set."""
        if variable_name(secret.kind, secret.name) not in self._found:
            raise NotFound(self._missing(secret.kind, secret.name))
        with _explained(self._deploying.get(secret.kind, self._usual)):
            return super().secret(secret)

    def _missing(self, kind: str, name: str) -> str:
        order, other = self._order, self._others.get(kind)
        if other is not None:
            variable = variable_name(kind, name)
            return f"{variable} is not set: it leads to the {kind} {name}, which {other.title} holds (drivers of [tool.portable.{order.target}])"
        own = own_queue(self._app, name) if kind == "queue" else None
        if own is None or own.dead_letters_of:
            again = order.again("deploy")
            return f"the stage {order.stage} on {order.target} has no {kind} {name} yet: deploy what the app declares now (`{again}`)"
        look = order.again(f"logs --function {name}")
        return (
            f"what {name} is called with waits in no queue on {order.target}, so it cannot be looked at there, and dead letters "
            f"cannot go back to it. Its log is there: `{look}`"
        )


class _Explaining:
    """A driver over another one: the errors of its methods say what to do."""

    def __init__(self, driver: Any, deploying: Deploying | ByName) -> None:
        self._driver, self._deploying = driver, deploying

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._driver, name)
        if not callable(found):
            return found

        def called(*given: Any, **named: Any) -> Any:
            with _explained(self._deploying):
                return found(*given, **named)

        return called


@contextmanager
def _explained(deploying: Deploying | ByName) -> Iterator[None]:
    try:
        yield
    except PermissionDenied as error:
        raise PermissionDenied(
            f"{sentence(error)} Ask for this right, or sign in as somebody who has it. {deploying.sign_in}"
        ) from error
    except (Timeout, Unavailable) as error:
        raise Unavailable(f"{sentence(error)} Look at the network, then run this again") from error
    except PortableError as error:
        if isinstance(error, NotFound) and _OBJECT.match(str(error)):
            raise
        with told(deploying):
            raise


class StageSecrets:
    """The values that the secrets of a stage have. They are read when something is shown for the first time."""

    def __init__(self, drivers: StageDrivers, named: list[str], note: Callable[[str], None]) -> None:
        self._drivers, self._names, self._note = drivers, named, note

    def __call__(self) -> tuple[str, ...]:
        """Return the values and what of them is a secret by itself. A secret that cannot be read is named in a note, once."""
        return self._known

    @cached_property
    def _known(self) -> tuple[str, ...]:
        if not self._names:
            return ()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = dict(zip(self._names, pool.map(self._read, self._names), strict=True))
        unread = [name for name, value in found.items() if value is None]
        if unread:
            what = "the value of the secret" if len(unread) == 1 else "the values of the secrets"
            self._note(f"{what} {', '.join(unread)} cannot be read with your rights, so what is shown may hold it")
        return hidden_values(value for value in found.values() if value and value != UNSET)

    def _read(self, name: str) -> str | None:
        """Return the value of a secret, "" for one that was never set, None where it cannot be read."""
        try:
            return self._drivers.secret(Secret(name))
        except NotFound:
            return ""
        except PortableError:
            return None
