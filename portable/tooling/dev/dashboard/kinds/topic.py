"""Topics: who gets their messages, what was published lately; publish."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from portable.eventing.topic import Topic
from portable.eventing.topic_clients import TopicPublisher
from portable.tooling.app.kinds.registry import dead_letters
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev import words
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.kinds.browsed import Browsed, stays
from portable.tooling.dev.dashboard.kinds.messages import SHOWN, example, history
from portable.tooling.dev.dashboard.posted import NOTHING, Form


def subscribers(desk: Desk, topic: Topic) -> list[FunctionModel]:
    """Return the functions that get the messages of a topic."""
    return [each for each in desk.engine.app.functions if each.trigger.get(topic.kind) == topic.name]


def _show(desk: Desk, request: Request, topic: Topic, given: Form = NOTHING, problem: str = "") -> Response:
    found = subscribers(desk, topic)
    journal = desk.engine.journal
    got = sorted(
        (row for each in found for row in journal.recent(limit=SHOWN, function=each.name)),
        key=lambda row: row.began,
        reverse=True,
    )
    return desk.page(
        "kinds/topic.html",
        request,
        problem=problem,
        given=given,
        resource=topic,
        subscribers=[(each, dict(each.trigger["filter"] or ()), dead_letters(each)) for each in found],
        published=history(desk, topic.kind, topic.name, "publish"),
        rows=got[:SHOWN],
        example=example(desk, found, given),
    )


def _told(desk: Desk, topic: Topic) -> str:
    return words.counted(len(subscribers(desk, topic)), "subscriber")


def _publish(desk: Desk, form: Form, topic: Topic) -> Response:
    publisher = TopicPublisher(topic, desk.engine.drivers)
    sent = publisher.publish(form.text("payload"), dict(form.pairs("attributes", "=")))
    return desk.told(f"The message {sent} was published.", "resources", topic.kind, topic.name)


BROWSED = Browsed(_show, _told, actions={"publish": _publish}, again={"publish": stays(_show)})
