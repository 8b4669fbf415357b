"""Queues on IronWorker: a task in, a Message out. The tasks of a code package are its queue.

A payload is a string without attributes. One of ours (`portable.eventing.envelope`) tells attributes, trace, id and bytes;
any other is the message as it is, and its id is the task's. A task is not told how often it was run before.
"""

from __future__ import annotations

from portable.compute.consume import consume
from portable.errors import EventError
from portable.eventing.envelope import read_queue_text
from portable_ironworker.runtime.schedule import is_tick
from portable_ironworker.runtime.task import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.compute.consume import Consumer
    from portable.compute.context import Context
    from portable.eventing.message import Message
    from portable_ironworker.runtime.task import Handle, Task


def handler(consumer: Consumer, timeout: int) -> Handle:
    """Return what takes the tasks that are a queue's messages."""

    def run(task: Task, context: Context) -> bool:
        return consume(consumer, decode(task), context)

    return running(consumer.function, timeout, run)


def decode(task: Task) -> Message[bytes]:
    """Return the message of a task. Raises EventError for the task of a schedule."""
    if is_tick(task.payload):
        raise EventError("a message", "the task of a schedule")
    return read_queue_text(task.id, task.payload)
