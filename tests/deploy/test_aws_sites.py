"""A site behind CloudFront: its files are in the bucket, each as it is served, and a deployment brings only what changed."""

from __future__ import annotations

from typing import Any

PAGE = "public, no-cache"
KEPT = "public, max-age=31536000, immutable"


def objects(deployed: Any) -> dict[str, tuple[str, str, Any]]:
    """Return what the bucket has: by key the type, how long it is kept, and when it was written."""
    client, bucket = deployed.client("s3"), deployed.outputs["site"]["bucket"]
    found = {}
    for each in client.list_objects_v2(Bucket=bucket).get("Contents", ()):
        head = client.head_object(Bucket=bucket, Key=each["Key"])
        found[each["Key"]] = (head["ContentType"], head["CacheControl"], head["LastModified"])
    return found


def test_a_deployment_brings_what_changed_and_removes_what_is_gone(deployed: Any) -> None:
    before = objects(deployed)
    assert {key: told[:2] for key, told in before.items()} == {
        "docs/index.html": ("text/html", PAGE),
        "index.html": ("text/html", PAGE),
        "main.3fa9c0d2.js": ("text/javascript", KEPT),
    }
    assert before["main.3fa9c0d2.js"][2] <= before["index.html"][2]
    folder = deployed.commands.app / "site"
    (folder / "main.3fa9c0d2.js").rename(folder / "main.4fa9c0d2.js")
    (folder / "index.html").write_text('<script src="main.4fa9c0d2.js"></script>')
    told = deployed.commands.refused("deploy", "--code", "--yes")
    assert "not only code has changed" in told
    assert deployed.commands.json("deploy", "--yes")["outcome"] == "changed"
    after = objects(deployed)
    assert sorted(after) == ["docs/index.html", "index.html", "main.4fa9c0d2.js"]
    assert after["docs/index.html"] == before["docs/index.html"]
    assert after["index.html"][2] >= after["main.4fa9c0d2.js"][2]


def test_the_distribution_has_the_api_for_functions_and_the_bucket_for_all_else(deployed: Any) -> None:
    found = deployed.client("cloudfront").get_distribution(Id=deployed.outputs["site"]["distribution"])
    config = found["Distribution"]["DistributionConfig"]
    patterns = {each["PathPattern"]: each["TargetOriginId"] for each in config["CacheBehaviors"]["Items"]}
    assert set(patterns.values()) == {"api"}
    assert {"/rows", "/rows/*", "/send", "/send/*"} <= set(patterns)
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == "files"
    assert deployed.http("GET", "/rows/nothing") == (200, [])
