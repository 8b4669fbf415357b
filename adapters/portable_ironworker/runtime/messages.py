"""Queues on IronWorker: takes a task; returns a Message. The tasks of a code package are its queue.

A payload is a string without attributes. A payload that portable wrote (`portable.eventing.envelope`) holds attributes,
trace, id and bytes. Any other payload is the message itself, with the id of the task. The number of the attempt is unknown.
"""

from __future__ import annotations

from portable.compute.consume import consume
from portable.errors import EventError
from portable.eventing.envelope import read_queue_text
from portable_ironworker.runtime.schedule import is_tick
from portable_ironworker.runtime.task import task_handler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.compute.consume import Consumer
    from portable.compute.context import Context
    from portable.eventing.message import Message
    from portable_ironworker.runtime.task import Handle, Task


def handler(consumer: Consumer, timeout: int) -> Handle:
    """Return the handler of tasks which are messages of a queue."""

    def run(task: Task, context: Context) -> bool:
        return consume(consumer, decode(task), context)

    return task_handler(consumer.function, timeout, run)


def decode(task: Task) -> Message[bytes]:
    """Return the message of a task. Raises EventError for the task of a schedule."""
    if is_tick(task.payload):
        raise EventError("a message", "the task of a schedule")
    return read_queue_text(task.id, task.payload)
