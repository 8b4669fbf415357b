"""A site behind CloudFront: who reads its bucket, which paths are those of functions, and what CloudFront cannot do."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from unit.aws.deploy.infra.aws_policies import Policies
from unit.tooling.rules.apps import HTTP, app, function

from portable.tooling.app.model import AppModel, Code, FunctionModel, MountModel
from portable.tooling.app.site_model import SiteFile, SiteModel
from portable_aws.deploy.capabilities import problems

FILES = ("index.html", "docs/index.html", "docs/a b.html", "LICENSE", "é/index.html", "assets/main.3fa9c0d2.js")


def model(*others: FunctionModel, **options: Any) -> AppModel:
    files = tuple(SiteFile(name, 1, "text/html", "no-cache", "d1") for name in options.pop("files", FILES))
    site = SiteModel("web", files, "index.html", cdn=True, **options)
    web = function("web", HTTP | {"method": "*", "path": "/{path:path}"})
    return app(replace(web, mount=MountModel("static", "", Code(""), site=site)), *others)


def test_only_the_distribution_reads_the_bucket_and_functions_keep_their_paths() -> None:
    found = Policies(model(function("order", HTTP | {"path": "/api/orders"}), routed=("api",)))
    [made] = found.resources("aws_cloudfront_distribution").values()
    assert [(each["path_pattern"], each["target_origin_id"]) for each in made["ordered_cache_behavior"]] == [
        ("/api", "api"),
        ("/api/*", "api"),
    ]
    assert "custom_error_response" not in made
    document = found.main["data"]["aws_iam_policy_document"]["bucket_site_"]["statement"]
    allowed = [each for each in document if each.get("effect") != "Deny"]
    assert [each["actions"] for each in allowed] == [["s3:GetObject"], ["s3:ListBucket"]]
    for each in allowed:
        assert each["condition"][0]["values"] == ["${aws_cloudfront_distribution.site_.arn}"]
    kept, changing = found.resources("aws_s3_object")["site_kept"], found.resources("aws_s3_object")["site_changing"]
    assert "aws_s3_object.site_kept" in changing["depends_on"]
    assert "aws_s3_object.site_kept" not in kept["depends_on"]


@pytest.mark.parametrize(
    ("made", "error", "said"),
    [
        (model(function("front", HTTP | {"path": "/"})), True, "cannot tell / of front from a file"),
        (model(function("named", HTTP | {"path": "/{name}"})), True, "cannot tell /{name} of named from a file"),
        (model(routed=tuple(f"s{number}" for number in range(13))), True, "13 first segments"),
        (model(files=[f"folder-{number}/index.html" for number in range(600)]), True, "its folders take"),
        (model(beside=("/docs/",)), False, "the file at /docs/ is not reached"),
    ],
)
def test_what_cloudfront_cannot_do_is_told(made: AppModel, error: bool, said: str) -> None:
    [told] = [each for each in problems(made) if each.rule == "site"]
    assert (told.error, said in told.message) == (error, True), told.message
