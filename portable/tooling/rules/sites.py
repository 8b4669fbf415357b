"""The static sites of an app, and what a target sends at once -> a problem for each file that it cannot send, and for a large site."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.app.site_model import SiteModel
from portable.tooling.facts import Facts
from portable.tooling.target import Problem, Target

RULE = "site"
FILE = "http.file"
"""The limit of a file that a function sends whole, for targets that cannot send it in pieces."""
LARGE = 20 * 1024 * 1024
"""Bytes of a site from which on it is told that the package is no good place for it."""
_NETWORK = "put the provider's network before the app in a file of your own, or leave cdn=True out"
_WAY = "keep large files in a bucket, and give out signed URLs of it"


def site_problems(app: AppModel, target: Target) -> Iterator[Problem]:
    """Yield a gap for a site that no network serves though it asks for one, a gap for each file that is too large for a reply, and a note for each site that makes packages large."""
    for function in app.functions:
        site = function.site
        if site is None:
            continue
        if site.cdn and target.cdn:
            continue
        if site.cdn:
            text = f"{function.name}: cdn=True is not kept: on {target.title} the functions serve the site, from the package"
            yield Problem(text, function.where, error=False, rule=RULE, instead=_NETWORK)
        yield from _files(function, site, target.facts)
        total = sum(file.size for file in site.files)
        if total > LARGE:
            text = f"{function.name}: the {len(site.files):,} files of {site.folder}/ have {total:,} bytes, which are in every package of the app"
            yield Problem(text, function.where, error=False, rule=RULE, instead=_WAY, note=True)


def one_address(app: AppModel, function: FunctionModel, site: SiteModel, network: str) -> Iterator[Problem]:
    """Yield what a network cannot do that finds the functions beside a site by the first segment of a path: tell one at the root from a file, and send a file below a function."""
    for each in app.http():
        first = each.trigger["path"].split("/")[1]
        if each is not function and (not first or first.startswith("{")):
            text = f"{function.name}: cdn=True: {network} cannot tell {each.trigger['path']} of {each.name} from a file"
            way = "give the paths of functions a first segment, such as /api"
            yield Problem(text, function.where, rule=RULE, instead=way)
            break
    for template in site.beside:
        text = f"{function.name}: cdn=True: the file at {template} is not reached by {network}, because a function has the path"
        yield Problem(text, function.where, error=False, rule=RULE, instead="move one of the two")


def _files(function: FunctionModel, site: SiteModel, facts: Facts) -> Iterator[Problem]:
    limit = facts.limit(FILE)
    for file in site.files:
        if limit is not None and not limit.allows(file.size):
            text = f"{function.name}: {site.folder}/{file.path} has {file.size:,} bytes, and a reply at most {limit.shown()}: a client that asks for all of it gets a 500"
            yield Problem(text, function.where, error=False, rule=RULE, instead=_WAY)
