"""Buildah and Podman with one store for all tests of images."""

from __future__ import annotations

import pytest
from images.base import Builder, builder


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    return builder(tmp_path_factory.mktemp("store"))
