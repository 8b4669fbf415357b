"""Faults that may happen to a delivery in any cloud, as values that can be written, read and explained."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = (
    *("duplicate", "crash", "interleave", "lost", "slow", "restart", "twin", "early"),
    *("reorder", "partial", "client"),
    *("throttle", "late", "unavailable", "timeout", "outage"),
)
"""Every kind of accident (see `Fault.tell`), those that find most mistakes first."""
BREAKING = frozenset(("crash", "lost", "throttle", "unavailable", "timeout", "outage"))
"""Kinds that stop a call before its end, so that the message is delivered again."""
OUTAGE = 6
"""Calls of one resource that fail in a row: more than a handler tries by itself, and few enough for one that never gives up."""
RESTING = frozenset(("interleave", "twin", "slow", "restart", "early"))
"""Kinds that pause a call before a resource call while something else happens. A `restart` at 0 does not pause."""

_WORDS = {
    "crash": "the process dies after {call}; the message comes again",
    "timeout": "the call is stopped by its timeout after {call}; the message comes again",
    "lost": "{call} is done, but its reply is lost (Unavailable)",
    "throttle": "{call} is refused (Throttled)",
    "unavailable": "{call} fails (Unavailable)",
    "outage": f"{{call}} fails (Unavailable), and so do the next calls of that resource, {OUTAGE} in all",
    "partial": "{call} is done only in part",
    "interleave": "it pauses before {call} while all other pending messages are handled",
    "twin": "it pauses before {call} while the same message is delivered a second time and handled",
    "slow": "it pauses before {call} until its lease has expired and the message was handled again; then it continues",
    "restart": "it pauses before {call} while another instance of the function handles all other pending messages",
    "early": "it pauses before {call} while what it sent so far is handled",
    "reorder": "is delivered after the other pending messages",
    "late": "is delivered late",
    "client": "its reply is lost, and the client sends the request again",
}
_DUPLICATE = (
    "is delivered once more after it was handled, before the other pending messages",
    "is delivered once more after it was handled, after the other pending messages",
    "is delivered once more after it was handled, late",
)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One accident: what happens at the n-th `delivery` of a `message` (its label) to a `function`.

    `at` is the number of the handler's resource call at which it happens, from 1. One more than the last is the handler's
    end. For a duplicate it is the time: 0 before the other pending messages, 1 after them, 2 late.
    """

    function: str
    message: str
    delivery: int
    kind: str
    at: int = 0

    def write(self) -> str:
        """Return the fault as text."""
        at = f"@{self.at}" if self.at else ""
        return f"{self.function}/{self.message}/{self.delivery}/{self.kind}{at}"

    def tell(self, calls: tuple[tuple[str, str, str], ...] = ()) -> str:
        """Return the fault as a sentence. `calls` are the handler's resource calls, to name the right one."""
        kind, name, method = calls[self.at - 1] if 0 < self.at <= len(calls) else ("", "", "")
        call = f"{kind} {name}.{method} (its resource call {self.at})" if kind else "its last resource call"
        if self.kind == "duplicate":
            words = _DUPLICATE[min(self.at, 2)]
        elif self.kind == "restart" and self.at == 0:
            words = "is handled by another instance of the function, whose module state is new"
        else:
            words = _WORDS[self.kind].format(call=call)
        if self.message.rpartition(".")[2].startswith("r"):
            words = words.replace("the message comes again", "its client sends the request again")
            return f"{self.function}, request {self.message}: {words}"
        return f"{self.function}, delivery {self.delivery} of message {self.message}: {words}"


def read(text: str) -> Fault:
    """Return the fault that `write` wrote. Raises ValueError."""
    function, message, delivery, kind = text.rsplit("/", 3)
    kind, _, at = kind.partition("@")
    if kind not in KINDS:
        raise ValueError(f"{text!r} is not a fault: its kind must be one of {', '.join(KINDS)}")
    return Fault(function, message, int(delivery), kind, int(at or 0))
