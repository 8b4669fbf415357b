"""Ceph's object gateway of Debian on a loopback port: a monitor, a store in memory and the gateway, without any authority.

Nothing in, the variables that lead boto3 to it out. It takes 10 to 20 seconds to start, and about 200 MB of Debian packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from servers.install import debian_program
from servers.process import free_port, running
from servers.waiting import until

PACKAGES = ("radosgw", "ceph-mon", "ceph-osd", "ceph-common")
WANTED = "PORTABLE_CEPH"
CONFIG = """
[global]
fsid = {fsid}
mon host = v1:127.0.0.1:{monitor}
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 500
mon_data_avail_crit = 1
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
osd_class_update_on_start = false
osd_crush_update_on_start = false
rgw_frontends = beast endpoint=127.0.0.1:{gateway}
run_dir = {folder}
admin_socket = {folder}/$name.asok
pid_file = {folder}/$name.pid
log_file = {folder}/$name.log
mon_data = {folder}/mon
osd_data = {folder}/osd
rgw_data = {folder}/rgw
"""


@contextmanager
def ceph_gateway() -> Iterator[dict[str, str]]:
    """Run a gateway until the block ends. Skips unless it is asked for."""
    if not os.environ.get(WANTED):
        pytest.skip(f"Ceph takes a minute: set {WANTED}=1 to run it; it installs {' '.join(PACKAGES)} of Debian")
    debian_program(lambda: shutil.which("radosgw"), *PACKAGES)
    folder = Path(tempfile.mkdtemp(prefix="portable-ceph-"))
    monitor, gateway, fsid = free_port(), free_port(), str(uuid4())
    config = folder / "ceph.conf"
    config.write_text(CONFIG.format(fsid=fsid, monitor=monitor, gateway=gateway, folder=folder))
    for name in ("mon", "osd", "rgw"):
        (folder / name).mkdir()

    def run(program: str, *arguments: str) -> str:
        command = [program, "-c", str(config), *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
        return done.stdout

    try:
        with ExitStack() as servers:
            map_ = str(folder / "map")
            run("monmaptool", "--create", "--addv", "a", f"[v1:127.0.0.1:{monitor}]", "--fsid", fsid, map_)
            run("ceph-mon", "--mkfs", "-i", "a", "--monmap", map_)
            servers.enter_context(running(["ceph-mon", "-c", config, "-i", "a", "-f"], monitor, folder / "mon.out"))
            run("ceph", "osd", "create")
            run("ceph", "osd", "crush", "add", "osd.0", "1.0", "host=h", "root=default")
            run("ceph-osd", "-i", "0", "--mkfs")
            servers.enter_context(running(["ceph-osd", "-c", config, "-i", "0", "-f"], monitor, folder / "osd.out"))
            until(lambda: run("ceph", "osd", "stat"), lambda found: "1 up" in found)
            command = ["radosgw", "-c", config, "-n", "client.rgw.a", "-f"]
            servers.enter_context(running(command, gateway, folder / "rgw.out"))
            keys = ("--access-key=test", "--secret-key=testtest")
            run("radosgw-admin", "user", "create", "--uid=test", "--display-name=test", *keys)
            yield {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{gateway}",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "testtest",
                "AWS_DEFAULT_REGION": "default",
            }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
