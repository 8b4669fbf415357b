"""A static site that the provider's network serves: what is told of it in the manifest, and its files as resources of the engine."""

from __future__ import annotations

from typing import Any

from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.blueprint import Blueprint
from portable.tooling.infra.terraform import Document, Expression, reference

SITE = "site_"
"""The label of everything of the site: nothing that an app declares has a name with _."""
_DETAIL = "site"
"""The key of a function's details that holds its site."""


def site_details(function: FunctionModel) -> dict[str, Any]:
    """Return what the infrastructure needs of the site that a function is, as details for the manifest; empty where no network serves it."""
    site = function.site
    if site is None or not site.cdn:
        return {}
    files = {file.path: [file.media_type, file.cache_control, file.digest] for file in site.files}
    told = {"folder": site.folder, "fallback": site.fallback, "routed": list(site.routed), "files": files}
    return {_DETAIL: told | {"immutable": list(site.immutable)}}


def site_of(blueprint: Blueprint) -> dict[str, Any] | None:
    """Return what `site_details` told of an app's site; None for an app without one. `files` has type, Cache-Control and MD5 by path."""
    return next((each.details[_DETAIL] for each in blueprint.functions if _DETAIL in each.details), None)


def site_files(
    document: Document,
    kind: str,
    found: dict[str, Any],
    *,
    after: tuple[str, ...] = (),
    only_if: str = "",
    overwrites: bool = False,
    **arguments: Any,
) -> None:
    """Add the files as resources of a kind: those that never change first, so that no page names one that is not there yet.

    A file that does not ship, because its name looks like a secret's, is not in the artifact and so not among them. `only_if`
    is a condition for all. `overwrites` says that the provider changes a file where it is: then old files go after the pages that name them.
    """
    folder = f"${{path.module}}/../bundle/{found['folder']}"
    document.top("locals", site_files=found["files"])
    waits = [*after]
    for what, condition in (("kept", '!= "no-cache"'), ("changing", '== "no-cache"')):
        there = " && ".join(filter(None, (f"file[1] {condition}", only_if, f'fileexists("{folder}/${{name}}")')))
        made = document.resource(
            kind,
            f"{SITE}{what}",
            for_each=reference(f"{{for name, file in local.site_files : name => file if {there}}}"),
            source=Expression(f"{folder}/${{each.key}}"),
            content_type=reference("each.value[0]"),
            cache_control=Expression("public, ${each.value[1]}"),
            depends_on=waits or None,
            lifecycle={"create_before_destroy": True} if overwrites and what == "kept" else None,
            **arguments,
        )
        waits = [*waits, made]
