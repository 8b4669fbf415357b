from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from portable_azure.runtime.eventing_client import AzureClients
from portable_azure.runtime.persistence_client import CosmosClients


@pytest.mark.parametrize("make", [AzureClients, CosmosClients])
@pytest.mark.parametrize(("before", "after"), [(logging.NOTSET, logging.WARNING), (logging.DEBUG, logging.DEBUG)])
def test_azures_clients_do_not_log_every_request_unless_the_app_wants_it(
    make: Callable[[], object], before: int, after: int
) -> None:
    logger = logging.getLogger("azure")
    kept = logger.level
    try:
        logger.setLevel(before)
        make()
        assert logger.level == after
    finally:
        logger.setLevel(kept)
