"""Errors of NATS in the terms of the tree, addresses, and connections that cannot be made."""

from __future__ import annotations

import pytest
from nats import errors as client
from nats.js.errors import APIError
from servers.process import free_port

from portable import errors
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_errors import classify
from portable_container.runtime.nats_names import address_of


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (client.TimeoutError(), errors.Timeout),
        (client.MaxPayloadError(), errors.TooLarge),
        (client.AuthorizationError(), errors.PermissionDenied),
        (client.Error('nats: permissions violation for publish to "a"'), errors.PermissionDenied),
        (client.Error("nats: 'Authorization Violation'"), errors.PermissionDenied),
        (client.NoRespondersError(), errors.Unavailable),
        (client.NoServersError(), errors.Unavailable),
        (client.OutboundBufferLimitError(), errors.Throttled),
        (client.SecureConnWantedError(), errors.ConfigurationError),
        (ConnectionRefusedError(), errors.Unavailable),
        (APIError(code=404, err_code=10059), errors.NotFound),
        (APIError(code=400, err_code=10054), errors.TooLarge),
        (APIError(code=503, err_code=10077), errors.Throttled),
        (APIError(code=503, err_code=10008), errors.Unavailable),
        (APIError(code=400, err_code=10025), errors.InvalidValue),
        (ValueError("ours"), None),
    ],
)
def test_errors_of_nats(error: Exception, kind: type[Exception] | None) -> None:
    assert classify(error) is kind


def test_an_address_tells_its_subject_and_a_group_keeps_its_partition() -> None:
    at = address_of("my_shop_prod_queue_jobs")
    assert (at.stream, at.subject, at.consumer) == ("my_shop_prod_queue_jobs", "my_shop.prod.queue.jobs", "work")
    assert at.partition("customer-1") == address_of("my_shop_prod_queue_jobs").partition("customer-1")
    assert len({at.partition(f"customer-{n}") for n in range(1000)}) == 16
    assert address_of("my_shop_prod_topic_news/mail").consumer == "mail"


@pytest.mark.parametrize("wrong", ["", "jobs", "a_b_queue_", "a_b_queue_x y", "a_b_queue_x.y", "a_b_queue_x/>"])
def test_a_wrong_address_is_told(wrong: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="JetStream stream"):
        address_of(wrong)


def test_without_servers_the_variable_is_named() -> None:
    with pytest.raises(errors.ConfigurationError, match="PORTABLE_NATS"):
        Nats("")


@pytest.mark.parametrize(
    "url",
    [
        "nats://app:hunter2/secret@db:4222",
        "nats://app:hunter2#secret@db:4222",
        "nats://app:hunter2?secret@db:4222",
        "nats://app:[hunter2]@db:4222",
        "nats://app:secret@db:hunter2",
        "nats://app:secret@db:99999",
        "nats//app:secret@db",
    ],
)
def test_a_url_that_cannot_be_read_names_its_variable_and_is_not_told(url: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="PORTABLE_NATS") as caught:
        Nats(f"nats://other:4222,{url}")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_a_server_that_is_not_there_is_unavailable() -> None:
    nats = Nats(f"nats://127.0.0.1:{free_port()}", remaining=lambda: 0.2)
    with pytest.raises(errors.Unavailable) as caught:
        nats.calls.call(lambda: nats.ask("x"), "a queue")
    assert isinstance(caught.value.__cause__, OSError)
    nats.close()


def test_a_url_of_another_protocol_is_refused_in_words() -> None:
    with pytest.raises(errors.ConfigurationError, match="write nats:// or tls://"):
        Nats("http://127.0.0.1:4222")
    for server in ("nats.internal", "nats.internal:4222", "tls://nats.internal:4222"):
        assert Nats(server).servers == [server]
