"""The files that ship for the static sites of an app: takes the app and the files that ship anyhow; returns those that are missing."""

from __future__ import annotations

import os
from pathlib import Path

from portable.errors import PortableError
from portable.eventing.site import file_of, is_served, names_of
from portable.tooling.app.files import AppFiles, further
from portable.tooling.app.model import AppModel
from portable.tooling.app.places import shown
from portable.tooling.app.settings import Settings


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
