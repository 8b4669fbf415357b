"""`SiteModel`: what an app declares of a static site, as a frozen value of its `AppModel`."""

from __future__ import annotations

from msgspec import Struct


class SiteFile(Struct, frozen=True):
    """A file of a static site: its path below the site's folder, its bytes, its media type and its Cache-Control.

    `digest` is the MD5 of its bytes where a network serves the site, which changes with them, else "".
    """

    path: str
    size: int
    media_type: str
    cache_control: str
    digest: str = ""


class SiteModel(Struct, frozen=True):
    """A static site. `folder` is the path of its files in the app's folder, `fallback` the file for pages that have none.

    `immutable` are the folders and files that are declared so; `routed` are the first segments below the site that functions have, `beside` the paths of functions that also have a
    file. With `cdn` the provider's network serves the files, where the target has one.
    """

    folder: str
    files: tuple[SiteFile, ...]
    fallback: str | None = None
    immutable: tuple[str, ...] = ()
    routed: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    cdn: bool = False
