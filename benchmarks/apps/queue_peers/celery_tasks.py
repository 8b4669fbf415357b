"""The same work in Celery, with its promise that a message is handled at least once."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from noted import note

app = Celery("celery_tasks", broker=os.environ["REDIS"])
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    task_reject_on_worker_lost=True,
    broker_connection_retry_on_startup=True,
)


@app.task
def work(payload: dict[str, Any]) -> None:
    note(payload["number"], payload["sent"])
