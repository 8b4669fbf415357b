"""A site behind CloudFront: its files are in the bucket, each as it is served, and a deployment brings only what changed."""

from __future__ import annotations

from typing import Any

PAGE = "public, no-cache"
KEPT = "public, max-age=31536000, immutable"


def test_a_deployment_brings_what_changed_and_removes_what_is_gone(updated: Any) -> None:
    before, after = updated.before, updated.after
    assert {key: told[:2] for key, told in before.items()} == {
        "docs/index.html": ("text/html", PAGE),
        "index.html": ("text/html", PAGE),
        "main.3fa9c0d2.js": ("text/javascript", KEPT),
    }
    assert before["main.3fa9c0d2.js"][2] <= before["index.html"][2]
    assert sorted(after) == ["docs/index.html", "index.html", "main.4fa9c0d2.js"]
    assert after["docs/index.html"] == before["docs/index.html"]
    assert after["index.html"][2] >= after["main.4fa9c0d2.js"][2]


def test_files_of_a_site_are_not_brought_as_code(updated: Any) -> None:
    assert "not only code has changed" in updated.refused


def test_the_distribution_has_the_api_for_functions_and_the_bucket_for_all_else(deployed: Any) -> None:
    found = deployed.client("cloudfront").get_distribution(Id=deployed.outputs["site"]["distribution"])
    config = found["Distribution"]["DistributionConfig"]
    patterns = {each["PathPattern"]: each["TargetOriginId"] for each in config["CacheBehaviors"]["Items"]}
    assert set(patterns.values()) == {"api"}
    assert {"/rows", "/rows/*", "/send", "/send/*"} <= set(patterns)
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == "files"
    assert deployed.http("GET", "/rows/nothing") == (200, [])
