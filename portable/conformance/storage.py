"""The bucket suite: it defines what a bucket is. A driver that passes it is correct.

A harness is a fixture and a subclass:

    from portable.conformance.storage import Buckets, BucketSuite

    @pytest.fixture(scope="module")
    def buckets():
        return Buckets(my_driver("a-bucket"), my_async_driver("a-bucket"), native=MyClient)

    class TestMyStore(BucketSuite):
        pass

The suite fails if a test is removed or replaced without a reason: see `portable.conformance.guard`.
"""

from __future__ import annotations

from portable.conformance.storage_async import AsyncTests
from portable.conformance.storage_cases import Buckets
from portable.conformance.storage_conditions import ConditionTests
from portable.conformance.storage_listing import ListingTests
from portable.conformance.storage_objects import ObjectTests
from portable.conformance.storage_streams import StreamTests

__all__ = ["BucketSuite", "Buckets"]


class BucketSuite(ObjectTests, ConditionTests, ListingTests, StreamTests, AsyncTests):
    """Everything a bucket driver promises; see `portable.storage.driver`."""
