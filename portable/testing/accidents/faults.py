"""Faults: what may happen to a delivery without anybody being wrong, as values that are written, read and explained."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("crash", "duplicate", "reorder", "lost", "throttle", "late", "unavailable", "timeout")
"""Every kind of accident, see `Fault.tell`; what is mistaken most often comes first."""
BREAKING = frozenset(("crash", "lost", "throttle", "unavailable", "timeout"))
"""Kinds that end a call before it is done, so that the message comes again."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One accident: what happens at the n-th `delivery` of a `message` (its label) to a `function`.

    `at` is the resource call of the handler that it happens at, from 1; one beyond the last is the handler's end.
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
        """Return the fault in words; `calls` are the resource calls the handler made, to name the one it is about."""
        kind, name, method = calls[self.at - 1] if 0 < self.at <= len(calls) else ("", "", "")
        call = f"{kind} {name}.{method} (its resource call {self.at})" if kind else "its last resource call"
        words = {
            "duplicate": "is delivered once more after it was handled",
            "crash": f"the process dies after {call}; the message comes again",
            "timeout": f"the call is stopped by its timeout after {call}; the message comes again",
            "lost": f"{call} is done, but its reply is lost (Unavailable)",
            "throttle": f"{call} is refused (Throttled)",
            "unavailable": f"{call} fails (Unavailable)",
            "reorder": "is delivered after the others that wait",
            "late": "is delivered late",
        }[self.kind]
        return f"{self.function}, delivery {self.delivery} of message {self.message}: {words}"


def read(text: str) -> Fault:
    """Return the fault that `write` wrote. Raises ValueError."""
    function, message, delivery, kind = text.rsplit("/", 3)
    kind, _, at = kind.partition("@")
    if kind not in KINDS:
        raise ValueError(f"{text!r} is no fault: its kind must be one of {', '.join(KINDS)}")
    return Fault(function, message, int(delivery), kind, int(at or 0))
