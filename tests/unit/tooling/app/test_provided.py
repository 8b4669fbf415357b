"""What a model tells of providers: what they may do is what their function may do."""

from __future__ import annotations

from pathlib import Path

import msgspec
from unit.tooling.entry.apps import imported
from unit.tooling.entry.shared_apps import HEAD

from portable.tooling.app.model import AppModel, parameters_of, providers_of


def test_what_a_provider_may_do_its_function_may_do(tmp_path: Path) -> None:
    source = """
    def reader(store: Annotated[BucketReader, photos]) -> BucketReader:
        return store

    def count(reader: Annotated[BucketReader, Depends(reader)], key: str) -> int:
        return 1

    @function(http.get("/"))
    def home(count: Annotated[int, Depends(count)]) -> str:
        return str(count)
    """
    with imported(tmp_path, source, HEAD) as app:
        (home,) = app.functions
        assert [(grant.resource, grant.actions) for grant in home.grants] == [("photos", ("get", "list"))]
        assert [resource.name for resource in app.resources] == ["photos"]
        assert [provider.call.home and provider.call.home[1] for provider in providers_of(home)] == ["reader", "count"]
        assert {parameter.name for parameter in parameters_of(home)} == {"count", "store", "reader", "key"}
        assert msgspec.json.decode(msgspec.json.encode(app), type=AppModel) == app
