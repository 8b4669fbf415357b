"""A static site behind CloudFront: a private bucket with its files, and one distribution with the bucket and the HTTP API behind it.

The first segments that functions have go to the API, all else to the bucket. What `portable.compute.mounted_static` does with
a path is done by a function of CloudFront, because an error page of a distribution would stand for the API's 404, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from portable.eventing.site import INDEX
from portable.tooling.infra.site import SITE, site_files, site_of
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_aws.deploy.infra.buckets import private_bucket
from portable_aws.deploy.infra.places import AwsPlaces

_CACHED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
_UNCACHED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""The managed policies CachingOptimized, CachingDisabled and AllViewerExceptHostHeader, whose ids are the same in every account
(CloudFront, "Use managed cache policies")."""
_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
_CODE = """\
// Which object a path is: the index of a folder, or the page for paths that no file has.
const folders = %(folders)s, plain = %(plain)s, fallback = %(fallback)s;

function read(text) {
  try { return decodeURIComponent(text); } catch (error) { return text; }
}

function paged(uri) {
  return uri.split('/').slice(1).map(read).every(function (part, place, all) {
    return part ? part[0] !== '.' && !/[\\0\\\\/]/.test(part) : place === all.length - 1;
  });
}

function query(given) {
  const found = [];
  for (const name in given) {
    for (const each of given[name].multiValue || [given[name]]) found.push(name + '=' + each.value);
  }
  return found.length ? '?' + found.join('&') : '';
}

function handler(event) {
  const request = event.request, path = read(request.uri), last = request.uri.split('/').pop();
  if (folders.includes(path)) {
    request.uri += 'index.html';
  } else if (folders.includes(path + '/')) {
    return {statusCode: 307, headers: {location: {value: './' + last + '/' + query(request.querystring)}}};
  } else if (fallback && !last.includes('.') && !plain.includes(path) && paged(request.uri)) {
    request.uri = fallback;
  }
  return request;
}
"""


def code_of(files: Iterable[str], fallback: str | None) -> str:
    """Return the JavaScript that finds the object of a path, of the files of a site and its fallback."""
    names = sorted(files)
    folders = [f"/{name.removesuffix(INDEX)}" for name in names if f"/{name}".endswith(f"/{INDEX}")]
    plain = [f"/{name}" for name in names if "." not in name.rpartition("/")[2]]
    held = {"folders": folders, "plain": plain, "fallback": f"/{fallback}" if fallback else None}
    return _CODE % {name: json.dumps(value, ensure_ascii=False) for name, value in held.items()}


def site(document: Document, places: AwsPlaces) -> dict[str, Expression] | None:
    """Add the site of an app and return what is told of it; None for an app without one."""
    found = site_of(places.blueprint)
    if found is None:
        return None
    bucket = private_bucket(document, SITE, places.site_bucket(), disposable=True, allowed=_readable(SITE))
    _files(document, bucket, found)
    access = document.resource(
        "aws_cloudfront_origin_access_control",
        SITE,
        name=places.stage.called("site"),
        origin_access_control_origin_type="s3",
        signing_behavior="always",
        signing_protocol="sigv4",
    )
    code = document.resource(
        "aws_cloudfront_function",
        SITE,
        name=places.stage.called("site"),
        runtime="cloudfront-js-2.0",
        publish=True,
        code=code_of(found["files"], found["fallback"]),
    )
    made = document.resource(
        "aws_cloudfront_distribution",
        SITE,
        enabled=True,
        comment=places.stage.prefix(),
        is_ipv6_enabled=True,
        http_version="http2and3",
        default_root_object=INDEX if INDEX in found["files"] else None,
        origin=_origins(bucket, access),
        default_cache_behavior={
            "target_origin_id": "files",
            "allowed_methods": ["GET", "HEAD", "OPTIONS"],
            "cached_methods": ["GET", "HEAD"],
            "viewer_protocol_policy": "redirect-to-https",
            "compress": True,
            "cache_policy_id": _CACHED,
            "function_association": [{"event_type": "viewer-request", "function_arn": reference(f"{code}.arn")}],
        },
        ordered_cache_behavior=_to_api(found["routed"]) or None,
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={"cloudfront_default_certificate": True},
    )
    return {
        "url": Expression(f"https://${{{made}.domain_name}}"),
        "bucket": reference(f"{bucket}.id"),
        "distribution": reference(f"{made}.id"),
    }


def _files(document: Document, bucket: str, found: dict[str, Any]) -> None:
    site_files(
        document,
        "aws_s3_object",
        found,
        after=(f"aws_s3_bucket_server_side_encryption_configuration.{SITE}",),
        overwrites=True,
        bucket=reference(f"{bucket}.id"),
        key=reference("each.key"),
        source_hash=reference("each.value[2]"),
    )


def _origins(bucket: str, access: str) -> list[dict[str, Any]]:
    api = reference('replace(aws_apigatewayv2_api.http.api_endpoint, "https://", "")')
    secure = {
        "http_port": 80,
        "https_port": 443,
        "origin_protocol_policy": "https-only",
        "origin_ssl_protocols": ["TLSv1.2"],
    }
    return [
        {
            "origin_id": "files",
            "domain_name": reference(f"{bucket}.bucket_regional_domain_name"),
            "origin_access_control_id": reference(f"{access}.id"),
        },
        {"origin_id": "api", "domain_name": api, "custom_origin_config": secure},
    ]


def _to_api(routed: Iterable[str]) -> list[dict[str, Any]]:
    """Return the behaviors of the paths that functions have, by their first segments."""
    to_api = {
        "target_origin_id": "api",
        "allowed_methods": _METHODS,
        "cached_methods": ["GET", "HEAD"],
        "viewer_protocol_policy": "redirect-to-https",
        "compress": True,
        "cache_policy_id": _UNCACHED,
        "origin_request_policy_id": _ALL_BUT_HOST,
    }
    return [{"path_pattern": pattern, **to_api} for first in routed for pattern in (f"/{first}", f"/{first}/*")]


def _readable(bucket: str) -> list[dict[str, Any]]:
    """Return what lets the distribution read the bucket. It may list it, too: else a file that is not there would be a 403."""
    distribution = reference(f"aws_cloudfront_distribution.{SITE}.arn")
    return [
        {
            "actions": [action],
            "resources": [Expression(f"${{aws_s3_bucket.{bucket}.arn}}{on}")],
            "principals": [{"type": "Service", "identifiers": ["cloudfront.amazonaws.com"]}],
            "condition": [{"test": "StringEquals", "variable": "aws:SourceArn", "values": [distribution]}],
        }
        for action, on in (("s3:GetObject", "/*"), ("s3:ListBucket", ""))
    ]
