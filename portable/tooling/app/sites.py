"""Static sites of an app: takes their declarations and the app's functions; returns their models, and the files that ship for them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import md5
from pathlib import Path

from msgspec.structs import replace

from portable.errors import DeclarationError, PortableError
from portable.eventing.mounting import Mount
from portable.eventing.routing import match, segments
from portable.eventing.site import INDEX, Site, file_of, is_served, media_type, names_of, root_of
from portable.tooling.app.files import AppFiles, further
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.app.places import shown
from portable.tooling.app.settings import Settings
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
    digest = md5(file.read_bytes(), usedforsecurity=False).hexdigest() if site.cdn else ""
    return SiteFile(name, file.stat().st_size, media_type(name), site.cache_control(name), digest)


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


def site_files(settings: Settings, model: AppModel, known: AppFiles) -> AppFiles:
    """Return the files of an app's sites that `known` lacks, because such names are normally left out.

    Files that `exclude` names or that look like secrets do not ship. Raises PortableError for a file of `known` that a
    link from elsewhere puts into a site: it would ship as a file of its own, and be sent.
    """
    sites = [function.site for function in model.functions if function.site is not None]
    for site in sites:
        _refuse_linked(settings.folder, site.folder, known)
    names = (f"{site.folder}/{name}" for site in sites for name in names_of(str(settings.folder / site.folder)))
    return further(settings, names, known)


def _refuse_linked(app: Path, folder: str, known: AppFiles) -> None:
    root = os.path.realpath(app / folder)
    for path in known.files:
        name = path.removeprefix(f"{folder}/")
        if name != path and is_served(name.split("/")) and file_of(root, name) is None:
            raise PortableError(
                f'{shown(app / path)}: a link leads from here out of the site "{folder}", so what it leads to would be sent to '
                "everybody who sees the site: copy the file, or name the link in [tool.portable] exclude"
            )
