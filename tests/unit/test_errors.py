"""Errors are sent to other processes and copied: they come back as they were."""

from __future__ import annotations

import copy
import pickle

import pytest

from portable import errors


@pytest.mark.parametrize(
    "error",
    [
        errors.HTTPError(404, {"no": "such"}, {"x-a": "1"}),
        errors.InvalidInput("a whole number is required", "query.limit"),
        errors.MissingInput("body.name"),
        errors.InProgress("k", 3),
        errors.DeclarationError("wrong", "app.py:1"),
        errors.EventError("a message", "a request"),
        errors.InvalidValue("no", None),
        errors.InvalidRow("no", "rows", ("a", 7)),
        errors.Conflict("changed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_back_from_another_process_as_it_was(error: errors.PortableError) -> None:
    for made in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(made) is type(error)
        assert str(made) == str(error)
        assert made.args == error.args
        assert vars(made) == vars(error)
