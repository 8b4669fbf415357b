from __future__ import annotations

import logging

import pytest

from portable_azure.runtime.clients import AzureClients


@pytest.mark.parametrize(("before", "after"), [(logging.NOTSET, logging.WARNING), (logging.DEBUG, logging.DEBUG)])
def test_azures_clients_do_not_log_every_request_unless_the_app_wants_it(before: int, after: int) -> None:
    logger = logging.getLogger("azure")
    kept = logger.level
    try:
        logger.setLevel(before)
        AzureClients()
        assert logger.level == after
    finally:
        logger.setLevel(kept)
