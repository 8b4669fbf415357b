"""Every part of the target suite, with the kinds of triggers that it is about. A new kind is one more base of `Parts`."""

from __future__ import annotations

from portable.conformance.target_callers import CallerTests
from portable.conformance.target_cases import TargetTests
from portable.conformance.target_chunks import StreamedReplyTests
from portable.conformance.target_events import ForeignTests, ObjectTests, ScheduleTests
from portable.conformance.target_forms import FormTests
from portable.conformance.target_http import RefusalTests, RequestTests
from portable.conformance.target_limits import LimitTests
from portable.conformance.target_messages import DeadLetterTests, QueueTests, SendingTests, TopicTests
from portable.conformance.target_mounts import MountTests
from portable.conformance.target_replies import ReplyTests
from portable.conformance.target_sharing import SharedWorkTests, SharingTests
from portable.conformance.target_sites import SiteTests
from portable.conformance.target_streams import StreamTests


class Parts(
    RequestTests,
    RefusalTests,
    CallerTests,
    LimitTests,
    FormTests,
    SharingTests,
    ReplyTests,
    StreamedReplyTests,
    MountTests,
    SiteTests,
    QueueTests,
    SharedWorkTests,
    SendingTests,
    DeadLetterTests,
    TopicTests,
    StreamTests,
    ObjectTests,
    ScheduleTests,
    ForeignTests,
):
    """All that a target is asked."""


PARTS: tuple[type[TargetTests], ...] = tuple(part for part in Parts.__mro__[1:] if "kind" in vars(part))
KINDS: dict[str, type[TargetTests]] = {part.kind: part for part in PARTS if part.kind and part.modules}
"""The part of the suite whose app has the functions of a kind of trigger, or of an ability."""
ABILITIES: dict[str, str] = {
    **{part.kind: part.about for part in PARTS if part.kind and part.about},
    "artifact": "a host process of the package, which the test kit can start",
    "head and options": "HEAD and OPTIONS reach the app",
    "any method": "a non-standard method reaches the app",
    "trace": "TRACE reaches the app",
    "streamed replies": "the chunks of a reply are sent one by one, as the handler makes them",
    "first slashes": "a path that begins with // stays as it is",
    "encoded slash": "%2F stays in its segment",
    "encoded question mark": "%3F stays in its path",
    "encoded escape": "%252F is the text %2F and is not decoded twice",
    "attempt count": "the count of a message's deliveries",
    "attribute names": "names of attributes keep their case and their underscores",
    "foreign events": "an event of another kind is refused before the handler",
    "filtered again": "events that the trigger does not ask for are dropped if the provider delivers them",
    "object attempts": "an object's event that failed is retried until its attempts are used up, then it is a dead letter",
}
"""The abilities that a target may lack. `lacks` of the harness gives the reason."""
