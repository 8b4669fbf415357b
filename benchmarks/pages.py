"""How long each page of the dashboard takes with a full journal: rows of (what, measured, bar, ok) out."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from benchmarks.load import rate
from benchmarks.rows import Row
from benchmarks.serving import DEV, ROOT, Other, Server, started

# isort: split
from portable.tooling.dev.journal.reading import Journal
from portable.tooling.dev.state import journal_of

CALLS = 10_000
TIMES = 7
MOST = 0.1
"""Seconds that a page may take."""
PREFIX = "/_portable"
STALE = re.compile(r"/(live|do/|form|event|native|replay|test)|/check/report|\.(css|js|svg)$")
"""What is no page. The report of the check is made anew for each look at it, beside the page."""
SEARCHES = ("?text=is+nowhere", "?function=catalog", "?function=catalog&outcome=failed", "?failed=1")
PHOTOS = Other(
    {
        str(file.relative_to(ROOT / "samples" / "photos")): file.read_text()
        for file in (ROOT / "samples" / "photos").glob("*")
        if file.suffix in (".py", ".toml")
    },
    DEV.command,
    "/photos",
)


def rows() -> Iterator[Row]:
    """Return the slowest page of `samples/photos` with the journal full, and the page of a call with a long trace."""
    with started(PHOTOS) as server:
        server.until("/photos", b"[")
        journal = Journal(journal_of(server.folder))
        while journal.count() < CALLS:
            rate(server.port, "/photos", 2.0)
        found = {page: best(server, page) for page in pages(server)}
    slowest = max(found, key=lambda page: found[page])
    shown = f"{found[slowest] * 1000:.0f} ms ({shape(slowest)})"
    what = f"dashboard with {CALLS:,} calls in the journal: the slowest of {len(found)} pages"
    yield Row(what, shown, f"<= {MOST * 1000:.0f} ms", found[slowest] <= MOST)
    yield traced()


def traced() -> Row:
    """Return the time of the page of a call that has sent a thousand messages, each of which was handled."""
    with started(DEV) as server:
        server.until("/hello/ada", b"Hello")
        server.get("/send/1000")
        journal = Journal(journal_of(server.folder))
        (sent,) = journal.recent(function="send")
        while len(journal.trace(sent.trace)) < 1000:
            time.sleep(0.1)
        took = best(server, f"{PREFIX}/invocations/{sent.id}")
    return Row("the page of a call that 1,000 calls follow", f"{took * 1000:.0f} ms", "<= 100 ms", took <= MOST)


def pages(server: Server) -> list[str]:
    """Return an address of each kind of page: what the pages link to, followed from the first one, and some searches."""
    waiting, known = [f"{PREFIX}/"], {shape(f"{PREFIX}/"): f"{PREFIX}/"}
    while waiting:
        for link in re.findall(r'href="([^"#]+)', server.get(waiting.pop()).decode()):
            address = link.replace("&amp;", "&")
            if address.startswith(PREFIX) and not STALE.search(address) and shape(address) not in known:
                known[shape(address)] = address
                waiting.append(address)
    return [*known.values(), *(f"{PREFIX}/invocations{search}" for search in SEARCHES)]


def shape(address: str) -> str:
    """Return an address without ids and names: pages of one shape differ by what they show."""
    path, _, query = address.removeprefix(PREFIX).partition("?")
    named = re.sub(r"^/(invocations|functions|fire)/[^/]+", r"/\1/…", path)
    return named + ("?" + "&".join(sorted(part.partition("=")[0] for part in query.split("&"))) if query else "")


def best(server: Server, page: str) -> float:
    """Return the shortest time of a page in seconds."""
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        server.get(page)
        times.append(time.perf_counter() - begun)
    return min(times)


if __name__ == "__main__":
    for row in rows():
        print(row)
