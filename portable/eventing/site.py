"""A static site: the value that says where its files are and how they are served, and what a name says of a file.

What packages a site and what serves it ask here, so that they agree on each file.
"""

from __future__ import annotations

from re import compile as pattern

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

INDEX = "index.html"
"""The file that stands for its folder."""
WELL_KNOWN = ".well-known"
"""The only name that may begin with a dot, in the site's own folder (RFC 8615)."""
IMMUTABLE = "max-age=31536000, immutable"
CHANGING = "no-cache"
"""A copy may be kept, and is asked for before it is used: by its etag, so the answer is 304 most of the time."""
_HEXADECIMAL = pattern(r"(?=[^.]*\d)(?=[^.]*[a-f])[0-9a-f]{8,64}").fullmatch
_BASE32 = pattern(r"(?=.*\d)(?=.*[A-Z])[A-Z2-7]{8}").fullmatch
_BUILT = (".js", ".mjs", ".css", ".map")
_TYPES = {
    "avif": "image/avif",
    "bmp": "image/bmp",
    "css": "text/css",
    "csv": "text/csv",
    "gif": "image/gif",
    "htm": "text/html",
    "html": "text/html",
    "ico": "image/x-icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "map": "application/json",
    "md": "text/markdown",
    "mjs": "text/javascript",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "otf": "font/otf",
    "pdf": "application/pdf",
    "png": "image/png",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "txt": "text/plain",
    "wasm": "application/wasm",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xml": "application/xml",
    "zip": "application/zip",
}
"""Media types by the end of a name. The list of the operating system is another one on each host."""


class Site(Value):
    """The files of a static site.

    `folder` is the path of the folder in the app's own, without a slash at its end. `fallback` is the file for pages that
    no file has, below `folder`. `immutable` are folders and files whose names change with their bytes. `module` is that
    which declares the site: its top package stands in the app's folder. `routed` are the first segments of paths, below
    the site's, that functions have: there is no fallback below them. With `cdn` the provider's network serves the files.
    """

    folder: str
    fallback: str | None = None
    immutable: tuple[str, ...] = ()
    module: str = ""
    routed: tuple[str, ...] = ()
    cdn: bool = False

    def cache_control(self, name: str) -> str:
        """Return the Cache-Control of a file, without who may keep it."""
        return IMMUTABLE if self.is_immutable(name) else CHANGING

    def is_immutable(self, name: str) -> bool:
        """Return whether the name of a file changes with its bytes, by declaration or by the hash in it."""
        return any(f"{name}/".startswith(f"{known.strip('/')}/") for known in self.immutable) or is_hashed(name)


def is_hashed(name: str) -> bool:
    """Return whether a build tool wrote a hash into a name: "main.3fa9c0d2.js", "chunk-5X7K2QWE.css".

    It is what follows the last "-" or "." before the end: 8 to 64 hexadecimal digits, some of them letters; in scripts and
    style sheets also 8 characters of base32 (RFC 4648). Hashes that may be words, such as those of base64, are not guessed.
    """
    stem, _, end = name.rpartition("/")[2].removesuffix(".map").rpartition(".")
    if not stem or end in ("html", "htm"):
        return False
    last = stem.replace("-", ".").rpartition(".")[2]
    return last != stem and bool(_HEXADECIMAL(last) or (f".{end}" in _BUILT and _BASE32(last)))


def media_type(name: str) -> str:
    """Return the media type of a file by the end of its name."""
    return _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def is_served(parts: list[str]) -> bool:
    """Return whether a site may have a file of these parts of a path: no name begins with a dot or leads elsewhere."""
    return all(
        part and (part[0] != "." or (place == 0 and part == WELL_KNOWN)) and "\0" not in part and "\\" not in part
        and "/" not in part
        for place, part in enumerate(parts)
    )  # fmt: skip


def root_of(module: str) -> str:
    """Return the folder of an app by the top package of one of its modules, which need not be imported."""
    from importlib.machinery import PathFinder
    from os.path import dirname

    found = PathFinder.find_spec(module.partition(".")[0])
    if found is None:
        raise ModuleNotFoundError(f"no module named {module!r}", name=module)
    inside = found.submodule_search_locations
    return dirname(next(iter(inside)) if inside is not None else str(found.origin))


def file_of(folder: str, name: str) -> str | None:
    """Return the path of a file of a site, None if there is none. A link counts if it stays in the folder; its real path must be `folder`'s."""
    from os.path import isfile, join, realpath, sep

    found = realpath(join(folder, name))
    return found if found.startswith(folder + sep) and isfile(found) else None


def names_of(folder: str) -> Iterator[str]:
    """Yield the names of the files of a site below its folder, with "/" between their parts, sorted."""
    from os import sep, walk
    from os.path import realpath, relpath

    root = realpath(folder)
    found = []
    for place, _, files in walk(root):
        for file in files:
            name = relpath(f"{place}{sep}{file}", root).replace(sep, "/")
            if is_served(name.split("/")) and file_of(root, name) is not None:
                found.append(name)
    yield from sorted(found)
