"""Takes the imported modules of an app; returns its AppModel. Checks all rules that concern several functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from msgspec.structs import replace

from portable.base.values import Value
from portable.compute.function import Function, where
from portable.errors import DeclarationError
from portable.eventing.http import HttpTrigger
from portable.eventing.limits import Rate
from portable.eventing.mounting import Mount
from portable.tooling.app.auth import RECORDS, auth_model, auth_of, check_auth, check_hidden, replays_of
from portable.tooling.app.fields import check_fields
from portable.tooling.app.globs import matcher
from portable.tooling.app.handlers import find_handlers
from portable.tooling.app.http_settings import PLAIN, HttpSettings
from portable.tooling.app.idempotency import check_scope
from portable.tooling.app.kinds.registry import TRIGGERS, dead_letters, feed, resource_kind
from portable.tooling.app.limits import COUNTS, check_named, checked_limits, limit_code, limits_of
from portable.tooling.app.marked import Marked, find_marked, is_async
from portable.tooling.app.model import AppModel, Code, FunctionModel, Grant, ResourceModel, parameters_of
from portable.tooling.app.mounts import mount_model
from portable.tooling.app.needed_imports import needed_imports
from portable.tooling.app.openapi.served import with_documents
from portable.tooling.app.places import relative
from portable.tooling.app.resources import asked, declared, describe, kind_name, options
from portable.tooling.app.scan import MOUNTS, decorated, imported, source_files
from portable.tooling.app.signature import bind_all, bind_auth
from portable.tooling.app.sites import beside_functions
from portable.tooling.app.stand_in import mounted, served
from portable.tooling.app.streaming import app_streams, streams
from portable.tooling.app.value_expressions import can_be_written
from portable.tooling.app.wrapping import check_around


def collect(
    name: str,
    folder: Path,
    modules: list[ModuleType],
    apart: Iterable[str] = (),
    http: HttpSettings = PLAIN,
    version: str = "",
) -> AppModel:
    """Return what the modules of an app declare. Raises DeclarationError for what cannot be packaged.

    `apart` are patterns of sources that declare functions of the app for other targets only, `http` is what holds for all
    routes. `version` is that of the app's project.
    """
    handlers, marked = find_handlers(modules), find_marked(modules)
    files = source_files(folder, [Path(str(module.__file__)).resolve() for module in modules])
    is_apart = matcher(apart)
    known = [*(handler for _, _, handler in handlers), *marked.all()]
    _check_source([file for file in files if not is_apart(file.relative_to(folder).as_posix())], known)
    if not handlers:
        raise DeclarationError(
            f"{name} has no functions: mark one with @function, such as @function(http.get('/')), in an imported module",
            f"{modules[0].__file__}:1" if modules else None,
        )
    resources: dict[tuple[str, str], tuple[Value, str | None]] = {}
    functions, named = [], dict[str, tuple[Rate, str | None]]()
    for module, attribute, handler in handlers:
        function = _function(module, attribute, handler, modules, folder, marked, http)
        functions.append(function)
        place = where(inspect.unwrap(handler))
        check_named(named, limits_of(handler.__portable__, http), place)  # type: ignore[attr-defined]
        for resource in declared(function, handler, http):
            check_fields(resource, place)
            _add_resource(resources, resource, place)
    functions = beside_functions(functions)
    check_hidden(functions, modules)
    _check_together(functions)
    check_around(marked, functions)
    own = {module.__name__.partition(".")[0] for module in modules}
    uses = set().union(*(imported(file) for file in files)) - own
    needed = needed_imports([Path(str(module.__file__)).resolve() for module in modules], folder, own)
    found = AppModel(
        name,
        tuple(functions),
        tuple(_resource_model(resource) for resource, _ in resources.values()),
        tuple(module.__name__ for module in modules),
        tuple(sorted(uses)),
        needed.others,
        needed.own,
        version,
        http.domain,
    )
    return with_documents(found, {each.__portable__.name: each for _, _, each in handlers}, folder)  # type: ignore[attr-defined]


def _check_source(files: list[Path], found: list[Callable[..., Any]]) -> None:
    known = {where(inspect.unwrap(each)) for each in found}
    for file in files:
        for item in decorated(file):
            place = f"{item.file}:{item.line}"
            if not item.name:
                raise DeclarationError(
                    f"{item.mark} needs a name at the top level of its module: write <name> = {item.mark}(…)", place
                )
            if item.inside:
                mark = item.mark if item.mark in MOUNTS else f"@{item.mark}"
                raise DeclarationError(
                    f"{item.name} is inside {item.inside}: {mark} is only for functions at the top level of a module",
                    place,
                )
            if place not in known and any(where and where.startswith(f"{item.file}:") for where in known):
                raise DeclarationError(
                    f"{item.name} does not exist after its module was imported: another definition replaced it, "
                    "or its own did not run. Rename it, or define it without a condition",
                    place,
                )
            if place not in known:
                raise DeclarationError(
                    f"nothing imports {item.name}: import its module from the app's, name it in "
                    "[tool.portable] modules, or leave the file out by exclude",
                    place,
                )


def _function(
    module: ModuleType,
    attribute: str,
    handler: Callable[..., Any],
    modules: list[ModuleType],
    folder: Path,
    marked: Marked,
    http: HttpSettings,
) -> FunctionModel:
    mark: Function = handler.__portable__  # type: ignore[attr-defined]
    inner = inspect.unwrap(handler)
    place = where(inner) or module.__name__
    home = (module.__name__, attribute)
    _check_handler(handler, home, place)
    check_fields(mark, place)
    auth = auth_of(mark, http)
    check_auth(auth, place)
    mount, part = mounted(handler), served(handler)
    is_value = mount is not None or part is not None
    bound = bind_all(handler, [module, *modules], marked, folder, http)
    asked = auth_model(auth, mark, home, http, is_value)
    limits = checked_limits(mark, http, auth, place)
    declared = FunctionModel(
        name=mark.name,
        module=module.__name__,
        attribute=attribute,
        where=relative(place, folder),
        asynchronous=is_async(handler),
        trigger=describe(mark.trigger, auth, limits),
        parameters=bound.parameters,
        grants=(),
        memory=mark.memory,
        timeout=mark.timeout,
        attempts=mark.retry.attempts if mark.retry else 3,
        backoff=mark.retry.backoff if mark.retry else None,
        dead_letter=mark.dead_letter,
        idempotent=Code(".__portable__.idempotent", home=home) if mark.idempotent else None,
        environment=mark.environment,
        concurrency=mark.concurrency,
        invalid_status=http.invalid_status,
        before=bound.before,
        around=bound.around,
        errors=bound.errors,
        replies=_replies(mark, mount, http),
        streams=isinstance(mark.trigger, HttpTrigger) and _streams(handler, mount, modules),
        auth=bind_auth(handler, [module, *modules], folder, auth, asked),
        limit=limit_code(mark, home, http, is_value),
        mount=None if mount is None else mount_model(mount, module.__name__, attribute, modules),
        served=part,
    )
    check_scope(mark, parameters_of(declared), place, auth)
    return replace(declared, grants=_grants(declared, handler, mark, http))


def _check_handler(handler: Callable[..., Any], home: tuple[str, str], place: str) -> None:
    """Refuse what cannot be called by a name of its module, which with that name is its `home`."""
    module, attribute = home
    inner = inspect.unwrap(handler)
    if inspect.isfunction(inner) and inner.__name__ == "<lambda>":
        raise DeclarationError(f"{attribute} is a lambda, and @function is only for def: write a def", place)
    if not inspect.isfunction(inner):
        raise DeclarationError(f"{attribute} is marked with @function but is not a function: {handler!r}", place)
    if not can_be_written(module, attribute):
        raise DeclarationError(
            f'{attribute} of the module "{module}" cannot be imported by name: give both names of letters, digits '
            "and _ that are no keywords of Python",
            place,
        )


def _streams(handler: Callable[..., Any], mount: Mount | None, modules: list[ModuleType]) -> bool:
    if mount is None:
        return streams(handler)
    return mount.protocol != "static" and app_streams(modules)


def _replies(mark: Function, mount: Mount | None, http: HttpSettings) -> tuple[str, ...]:
    """Return what is done with the replies of a function. A site packs its files itself, and none of them is JSON that it makes."""
    if not isinstance(mark.trigger, HttpTrigger):
        return ()
    is_site = mount is not None and mount.protocol == "static"
    return tuple(each for each in http.replies() if not is_site or each == "problems")


def _grants(
    function: FunctionModel, handler: Callable[..., Any], mark: Function, http: HttpSettings
) -> tuple[Grant, ...]:
    """Return the permissions of a function: of all that runs for it, of its records and counts, and to send its dead letters."""
    held = asked(function, handler, http)
    dead = dead_letters(function)
    for records in (None if mark.idempotent is None else mark.idempotent.table, replays_of(auth_of(mark, http))):
        if records is not None:
            held.setdefault(("table", records.name), set()).update(RECORDS)
    for rate in limits_of(mark, http):
        held.setdefault(("table", rate.table.name), set()).update(COUNTS)
    if dead is not None:
        held.setdefault(("queue", dead), set()).add("send")
    return tuple(Grant(name, kind, tuple(sorted(actions))) for (kind, name), actions in sorted(held.items()))


def _add_resource(
    resources: dict[tuple[str, str], tuple[Value, str | None]], resource: Value, place: str | None
) -> None:
    key = (kind_name(resource), resource.name)  # type: ignore[attr-defined]
    known = resources.setdefault(key, (resource, place))
    if known[0] != resource:
        raise DeclarationError(
            f'{key[0]} "{key[1]}" is declared twice with different options: {known[0]!r} at {known[1]}, and {resource!r}',
            place,
        )


def _resource_model(resource: Value) -> ResourceModel:
    kind = resource_kind(resource)
    facts = kind.facts(resource) if kind is not None else {}
    return ResourceModel(kind_name(resource), resource.name, {**options(resource), **facts})  # type: ignore[attr-defined]


def _check_together(functions: list[FunctionModel]) -> None:
    """Raise DeclarationError for conflicts between functions: equal names, equal routes, queues with two readers."""
    names: dict[str, str] = {}
    for function in functions:
        if function.name in names:
            raise DeclarationError(
                f'two functions have the name "{function.name}": the other is at {names[function.name]}. Rename one of them',
                function.where,
            )
        names[function.name] = function.where
    for kind in TRIGGERS.values():
        kind.check_all([function for function in functions if function.trigger["kind"] == kind.name])
    _check_feeds(functions)


def _check_feeds(functions: list[FunctionModel]) -> None:
    """Raise DeclarationError for a function whose own queue, which has its name, is read by another function."""
    readers: dict[str, FunctionModel] = {}
    for function in functions:
        name = feed(function)
        other = readers.setdefault(name, function) if name is not None else function
        if other is not function:
            own, reader = (function, other) if function.name == name else (other, function)
            raise DeclarationError(
                f'the events of the function "{own.name}" come through a queue with its name, but the function at '
                f"{reader.where} reads this queue, too: rename one of them",
                own.where,
            )
