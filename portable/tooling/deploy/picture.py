"""An `Overview` -> a picture of it (SVG): what fires each function, and which resources it may read or change.

Three columns: triggers, functions, resources. A function has a line for each resource that it may use, and an arrow from
that line to the resource. Functions of one identity stand in one frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape

from portable.tooling.app.kinds.registry import RESOURCES, title
from portable.tooling.deploy.overview import Overview
from portable.tooling.infra.blueprint import DeployedFunction

WIDTH = 1150
TRIGGER_X, TRIGGER_WIDTH = 24, 290
FUNCTION_X, FUNCTION_WIDTH = 400, 370
RESOURCE_X, RESOURCE_WIDTH = 916, 210
TOP, GAP, HEAD, LINE, FOOT = 104, 18, 50, 22, 8
RESOURCE_HEIGHT = 48
READS = frozenset(("get", "list", "query", "count", "peek", "head", "read"))
_LETTER, _SMALL = 7.3, 6.6
"""Pixels of a letter, on average."""
FIRES = "fires"
_COLOURS = {FIRES: "#64748b", "reads": "#2563eb", "changes": "#c2410c", "both": "#7c3aed"}
_WORDS = {FIRES: "fires a function", "reads": "may read", "changes": "may change or send", "both": "may do both"}
STYLE = """
text { font: 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2937 }
.title { font-size: 20px; font-weight: 600 } .soft { fill: #6b7280; font-size: 12px } .name { font-weight: 600 }
.warn { fill: #b45309; font-size: 12px } .head { fill: #6b7280; font-size: 12px; letter-spacing: .06em }
.card { fill: #fff; stroke: #cbd5e1 } .frame { fill: #f1f5f9; stroke: #cbd5e1; stroke-dasharray: 5 4 }
.trigger { fill: #ecfdf5; stroke: #6ee7b7 } .resource { fill: #fefce8; stroke: #fde047 } .public { fill: #fff1f2; stroke: #fda4af }
.paper { fill: #fff } .line { stroke-width: 1.5; fill: none } .uses { opacity: .85 }
""" + "".join(
    f".line.{name} {{ stroke: {colour} }} .tip.{name}, .ink.{name} {{ fill: {colour} }}\n"
    for name, colour in _COLOURS.items()
)
"""The rules of a picture. One with links has none of its own: the page that shows it brings them."""
Link = Callable[[str, str], str]
"""Takes a kind and a name; returns the address of the page about it. The kind of a function is "function"."""


@dataclass(frozen=True, slots=True)
class Use:
    """That a function may use a resource: in words, and as one of the colours."""

    kind: str
    name: str
    actions: str
    colour: str


@dataclass(frozen=True, slots=True)
class Card:
    """A function and its place."""

    function: DeployedFunction
    uses: tuple[Use, ...]
    gained: int
    y: float

    @property
    def height(self) -> float:
        """Return the height of the card."""
        return card_height(self.uses)

    def line(self, number: int) -> float:
        """Return the middle of the line of a use."""
        return self.y + HEAD + LINE * (number + 0.5)


def picture(found: Overview, link: Link | None = None) -> str:
    """Return the text of an SVG file, or with `link` of one for a page. Every text of the app is escaped."""
    cards, frames, bottom = _cards(found)
    places = _places(found, cards)
    lowest = max((y + RESOURCE_HEIGHT for y in places.values()), default=0)
    height = max(bottom, lowest) + 56
    body = [
        *frames,
        *_arrows(cards, places),
        *(
            part
            for card in cards
            for part in _linked(link, "function", card.function.name, (*_trigger(card), *_card(card)))
        ),
        *(part for key, y in places.items() for part in _linked(link, *key, _resource(*key, y))),
        *_legend(height - 26),
    ]
    return "\n".join([*_start(found, height, link is not None), *body, "</svg>", ""])


def card_height(uses: tuple[Use, ...]) -> float:
    """Return the height of the card of a function with these uses."""
    return HEAD + LINE * len(uses) + (FOOT if uses else 0)


def uses_of(function: DeployedFunction) -> tuple[Use, ...]:
    """Return what a function may use, a line for each resource; and what it gets its events from."""
    fired = ((kind, function.trigger[kind]) for kind in RESOURCES if kind in function.trigger)
    found = [Use(kind, name, "fires it", FIRES) for kind, name in fired]
    for grant in function.grants:
        reads, changes = (bool(actions) for actions in (READS & {*grant.actions}, {*grant.actions} - READS))
        colour = "both" if reads and changes else "reads" if reads else "changes"
        found.append(Use(grant.kind, grant.resource, ", ".join(grant.actions), colour))
    return tuple(found)


def _linked(link: Link | None, kind: str, name: str, parts: Iterable[str]) -> Iterator[str]:
    """Yield the parts of what stands for a function or resource, as a link if the picture has links."""
    if link is None:
        yield from parts
        return
    yield f'<a href="{escape(link(kind, name))}" data-kind="{escape(kind)}" data-name="{escape(name)}">'
    yield from parts
    yield "</a>"


def _cards(found: Overview) -> tuple[list[Card], list[str], float]:
    """Return the functions with their places, one identity below the other, the frames, and where they end."""
    functions = {function.name: function for function in found.blueprint.functions}
    cards, frames, y = [], [], float(TOP)
    for identity in found.identities:
        shared = len(identity.functions) > 1
        start = y
        y += 26 if shared else 0
        for name in identity.functions:
            card = Card(functions[name], uses_of(functions[name]), identity.gained(name), y)
            cards.append(card)
            y += card.height + GAP
        if shared:
            frames.append(_box("frame", FUNCTION_X - 14, start, FUNCTION_WIDTH + 28, y - start - GAP + 14, 14))
            frames.append(
                _text(FUNCTION_X, start + 18, f"identity {identity.name}: they share their permissions", "soft")
            )
            y += 20
    return cards, frames, y


def _places(found: Overview, cards: Iterable[Card]) -> dict[tuple[str, str], float]:
    """Return the top of each resource: as near as can be to the functions that use it."""
    wanted: dict[tuple[str, str], list[float]] = {(each.kind, each.name): [] for each in found.blueprint.resources}
    for card in cards:
        for number, use in enumerate(card.uses):
            wanted.setdefault((use.kind, use.name), []).append(card.line(number))
    middle = {key: sum(lines) / len(lines) if lines else float("inf") for key, lines in wanted.items()}
    places, y = {}, float(TOP)
    for key in sorted(middle, key=lambda key: middle[key]):
        y = max(y, middle[key] - RESOURCE_HEIGHT / 2) if middle[key] != float("inf") else y
        places[key] = y
        y += RESOURCE_HEIGHT + GAP
    return places


def _arrows(cards: Iterable[Card], places: dict[tuple[str, str], float]) -> Iterator[str]:
    """Yield the arrows. Those that end at one resource end one below the other."""
    ends: dict[tuple[str, str], list[tuple[Card, int]]] = {}
    for card in cards:
        y = card.y + HEAD / 2
        yield f'<path class="line fires" d="M{TRIGGER_X + TRIGGER_WIDTH} {y:g} H{FUNCTION_X - 7}" marker-end="url(#fires)"/>'
        for number, use in enumerate(card.uses):
            ends.setdefault((use.kind, use.name), []).append((card, number))
    for key, arriving in ends.items():
        for place, (card, number) in enumerate(arriving, 1):
            start = FUNCTION_X + FUNCTION_WIDTH, card.line(number)
            end = RESOURCE_X - 7, places[key] + RESOURCE_HEIGHT * place / (len(arriving) + 1)
            use = card.uses[number]
            told = f"{card.function.name}: {use.actions} on the {use.kind} {use.name}"
            if use.colour == FIRES:
                told = f"the {use.kind} {use.name} fires {card.function.name}"
                yield _curve((end[0] + 7, end[1]), (start[0] + 7, start[1]), -70, use.colour, told)
            else:
                yield _curve(start, end, 70, use.colour, told)


def _curve(start: tuple[float, float], end: tuple[float, float], bend: float, colour: str, told: str) -> str:
    bends = f"C{start[0] + bend:g} {start[1]:.1f} {end[0] - bend:g} {end[1]:.1f} {end[0]:g} {end[1]:.1f}"
    dashed = ' stroke-dasharray="5 4"' if colour == FIRES else ""
    return (
        f'<path class="line uses {colour}"{dashed} marker-end="url(#{colour})" '
        f'd="M{start[0]:g} {start[1]:.1f} {bends}"><title>{escape(told)}</title></path>'
    )


def _trigger(card: Card) -> Iterator[str]:
    function = card.function
    told = "anybody may call it" if function.public else _tries(function)
    yield _box("public" if function.public else "trigger", TRIGGER_X, card.y, TRIGGER_WIDTH, HEAD, 8)
    yield _text(TRIGGER_X + 12, card.y + 21, title(function.trigger), "", TRIGGER_WIDTH - 24)
    yield _text(TRIGGER_X + 12, card.y + 39, told, "soft", TRIGGER_WIDTH - 24)


def _tries(function: DeployedFunction) -> str:
    auth = function.trigger.get("auth")
    once = f"callers: {auth['kind']}" if auth else function.trigger["kind"]
    tries = f"{function.attempts} attempts" if function.attempts is not None else once
    return f"{tries}, then {function.dead_letters}" if function.dead_letters else tries


def _card(card: Card) -> Iterator[str]:
    function, right = card.function, FUNCTION_X + FUNCTION_WIDTH - 12
    yield _box("card", FUNCTION_X, card.y, FUNCTION_WIDTH, card.height, 8)
    yield _text(FUNCTION_X + 12, card.y + 21, function.name, "name", FUNCTION_WIDTH - 24)
    yield _text(FUNCTION_X + 12, card.y + 39, f"{function.memory} MB, {function.timeout} s", "soft")
    if card.gained:
        said = f"gains {card.gained} more by sharing"
        yield _text(right, card.y + 39, said, "warn", anchor="end")
    for number, use in enumerate(card.uses):
        y = card.line(number) + 4
        named, whole = f"{use.kind} {use.name}", FUNCTION_WIDTH - 36
        half = min(len(named) * _SMALL + 1, whole / 2)
        yield _text(FUNCTION_X + 12, y, named, "soft", half)
        yield _text(right, y, use.actions, f"ink {use.colour}", whole - half, anchor="end")


def _resource(kind: str, name: str, y: float) -> Iterator[str]:
    yield _box("resource", RESOURCE_X, y, RESOURCE_WIDTH, RESOURCE_HEIGHT, 8)
    yield _text(RESOURCE_X + 12, y + 20, name, "name", RESOURCE_WIDTH - 24)
    yield _text(RESOURCE_X + 12, y + 38, kind, "soft", RESOURCE_WIDTH - 24)


def _legend(y: float) -> Iterator[str]:
    x = TRIGGER_X
    for colour, words in _WORDS.items():
        yield f'<path class="line uses {colour}" marker-end="url(#{colour})" d="M{x} {y - 4:g} h26"/>'
        yield _text(x + 38, y, words, "soft")
        x += 54 + round(len(words) * _LETTER)


def _start(found: Overview, height: float, linked: bool) -> Iterator[str]:
    name = f"{found.blueprint.app} on {found.title}" + (f", stage {found.stage}" if found.stage else "")
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" '
        f'role="{"group" if linked else "img"}" aria-label="{escape(name)}">'
    )
    if not linked:
        yield f"<style>{STYLE}</style>"
    yield "<defs>"
    for mark in _COLOURS:
        yield (
            f'<marker id="{mark}" viewBox="0 0 10 10" refX="3" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
            f'<path class="tip {mark}" d="M0 0 L10 5 L0 10 z"/></marker>'
        )
    yield "</defs>"
    yield f'<rect class="paper" width="{WIDTH}" height="{height:g}"/>'
    yield _text(TRIGGER_X, 38, name, "title", WIDTH - 48)
    for x, words in ((TRIGGER_X, "TRIGGERS"), (FUNCTION_X, "FUNCTIONS"), (RESOURCE_X, "RESOURCES")):
        yield _text(x, 80, words, "head")


def _box(style: str, x: float, y: float, width: float, height: float, radius: float) -> str:
    return f'<rect class="{style}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}"/>'


def _text(x: float, y: float, text: str, style: str, room: float | None = None, *, anchor: str = "") -> str:
    """Return a text; one that is too long for its room is cut, and can be read whole when it is pointed at."""
    size = {"title": 11.0, "soft": _SMALL, "warn": _SMALL}.get(style, _LETTER)
    most = int(room / size) if room is not None else len(text)
    shown = text if len(text) <= most else f"{text[: most - 1]}…"
    whole = f"<title>{escape(text)}</title>" if shown != text else ""
    given = f' class="{style}"' if style else ""
    given += f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x:g}" y="{y:g}"{given}>{escape(shown)}{whole}</text>'
