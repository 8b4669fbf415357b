"""The function of CloudFront, run by Node: it finds the file that the runtime of a site does."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from portable.compute.mounted_static import Files
from portable.eventing.site import Site
from portable_aws.deploy.infra.site import code_of

FILES = ("index.html", "docs/index.html", "docs/a b.html", "LICENSE", "é/index.html", "assets/main.3fa9c0d2.js")
PATHS = (
    *("/", "/index.html", "/docs/", "/docs", "/docs/a%20b.html", "/LICENSE", "/%C3%A9/", "/%C3%A9", "/orders/7"),
    *("/orders/", "/none.png", "/docs/none", "/assets/", "/assets/main.3fa9c0d2.js", "/%zz"),
    *("//docs", "/docs%2Fx", "/docs%5Cx", "/%00", "/../x", "/%2e%2e/x", "/.git/x", "/.well-known/x", "/docs/.git/x"),
)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on this machine")
@pytest.mark.parametrize("fallback", [None, "index.html"])
def test_the_function_finds_the_file_that_the_runtime_does(tmp_path: Path, fallback: str | None) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    ask = "[%s].map(uri => handler({request: {uri: uri, querystring: {a: {value: '1'}, b: {multiValue: [{value: '2'}, {value: ''}]}}}}))"
    script = f"{code_of(FILES, fallback)}\nconsole.log(JSON.stringify({ask % ', '.join(map(json.dumps, PATHS))}))"
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    files = Files(Site("", fallback), str(tmp_path.resolve()))
    for path, answer in zip(PATHS, json.loads(done.stdout), strict=True):
        found = files.find(path)
        if found == "":
            assert (answer["statusCode"], answer["headers"]["location"]["value"]) == (307, f"./{path[1:]}/?a=1&b=2&b=")
        elif found is not None:
            assert Files(Site(""), str(tmp_path.resolve())).find(answer["uri"]) == found
        else:
            assert answer["uri"].lstrip("/") not in FILES
