"""Static sites of an app: takes their declarations and the app's functions; returns their models."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from portable.errors import DeclarationError
from portable.eventing.mounting import Mount
from portable.eventing.routing import match, segments
from portable.eventing.site import INDEX, Site, media_type, names_of, root_of
from portable.tooling.app.model import FunctionModel
from portable.tooling.app.site_model import SiteFile, SiteModel


def site_model(mount: Mount, site: Site) -> SiteModel:
    """Return the model of a site, with its files. Raises DeclarationError for a folder or a fallback that is not there."""
    folder = os.path.join(root_of(mount.module), site.folder)
    if not os.path.isdir(folder):
        raise DeclarationError(
            f'folder "{site.folder}" is not there: it is looked for in the app\'s folder. If a build tool makes it, run that first',
            mount.place,
        )
    files = tuple(_file(site, folder, name) for name in names_of(folder))
    if not files:
        raise DeclarationError(f'folder "{site.folder}" has no file that is served', mount.place)
    if site.fallback is not None and all(file.path != site.fallback for file in files):
        raise DeclarationError(f'fallback="{site.fallback}" is no file of the folder "{site.folder}"', mount.place)
    return SiteModel(site.folder, files, site.fallback, site.immutable, cdn=site.cdn)


def _file(site: Site, folder: str, name: str) -> SiteFile:
    file = Path(folder, name)
    return SiteFile(
        name, file.stat().st_size, media_type(name), site.cache_control(name), _digest(file) if site.cdn else ""
    )


def _digest(file: Path) -> str:
    from hashlib import md5  # few apps have a site that a network serves

    return md5(file.read_bytes(), usedforsecurity=False).hexdigest()


def beside_functions(functions: Sequence[FunctionModel]) -> list[FunctionModel]:
    """Return functions in which each site knows the paths of the others: where it has files too, and where it has no fallback."""
    templates = [function.trigger["path"] for function in functions if function.trigger["kind"] == "http"]
    return [_beside(function, templates) for function in functions]


def _beside(function: FunctionModel, templates: list[str]) -> FunctionModel:
    mount = function.mount
    if mount is None or mount.site is None:
        return function
    if mount.site.cdn and function.auth is not None:
        raise DeclarationError(
            "cdn=True: the network asks nobody who they are. Say auth=None, or leave cdn=True out", function.where
        )
    below = [t for t in templates if t != function.trigger["path"] and f"{t}/".startswith(f"{mount.prefix}/")]
    first = {part for t in below for part, kind in segments(t[len(mount.prefix) :])[1:2] if part and not kind}
    paths = {path for file in mount.site.files for path in _paths(f"{mount.prefix}/{file.path}")}
    split = [path.split("/") for path in paths]
    beside = tuple(t for t in below if t in paths or ("{" in t and any(match(segments(t), path) for path in split)))
    site = replace(mount.site, routed=tuple(sorted(first)), beside=beside)
    return replace(function, mount=replace(mount, site=site))


def _paths(path: str) -> list[str]:
    """Return the paths at which a file is sent: its own, and that of its folder."""
    folder = path.removesuffix(INDEX)
    return [path, folder, folder.rstrip("/")] if folder != path and folder.endswith("/") else [path]
