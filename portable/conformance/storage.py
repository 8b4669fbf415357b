"""The bucket suite: a store in, a verdict out. A driver is right when it passes; the suite is the definition of a bucket.

A harness is a fixture and a subclass:

    from portable.conformance.storage import Buckets, BucketSuite

    @pytest.fixture(scope="module")
    def buckets():
        return Buckets(my_driver("a-bucket"), my_async_driver("a-bucket"), native=MyClient)

    class TestMyStore(BucketSuite):
        pass

A test that is dropped or replaced fails the suite, unless it says why: see `portable.conformance.guard`.
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
