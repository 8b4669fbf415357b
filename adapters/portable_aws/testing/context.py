"""The context object of a call as the Lambda runtime client makes it."""

from __future__ import annotations

from collections.abc import Callable

REGION = "eu-central-1"
ACCOUNT = "123456789012"


class Invocation:
    """The second argument of a handler. `remaining` returns the seconds that are left."""

    def __init__(self, function: str, request_id: str, remaining: Callable[[], float], memory: int = 256) -> None:
        self.function_name = function
        self.function_version = "$LATEST"
        self.invoked_function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
        self.memory_limit_in_mb = memory
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{function}"
        self.log_stream_name = "2026/01/01/[$LATEST]0123456789abcdef"
        self.identity = None
        self.client_context = None
        self._remaining = remaining

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda stops the call."""
        return max(0, int(self._remaining() * 1000))
