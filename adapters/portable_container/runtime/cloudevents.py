"""A CloudEvent (CloudEvents 1.0), however it came."""

from __future__ import annotations

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class CloudEvent(Value):
    """An event: its context attributes and extensions by their names, all as text, and its data as bytes."""

    attributes: Mapping[str, str]
    data: bytes
