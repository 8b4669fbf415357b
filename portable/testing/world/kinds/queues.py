"""Queues."""

from __future__ import annotations

from portable.eventing.memory import MemoryQueue
from portable.eventing.message import Message
from portable.testing.world.kinds.kind import KitResource, KitTrigger
from portable.testing.world.kinds.messages import Watched, outgoing, same, waiting

RESOURCE = KitResource(
    "queue",
    MemoryQueue,
    effects=("send", "send_many", "acknowledge"),
    items=waiting,
    partial=("send_many",),
    actions={"send_many": ("send",), "receive": ("redrive",), "acknowledge": ("redrive",)},
    sent=True,
)
TRIGGER = KitTrigger("queue", Message, outgoing, same, own_queue=True, watched=Watched)
