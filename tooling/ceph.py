"""A real S3 for as long as needed: Ceph's RADOS gateway, from Debian's packages."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tooling.processes import free_port, leave_by_signals

PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin", "setpriv")
MISSING = """\
An S3 of your own needs Ceph, and {} is missing here. On Debian and Ubuntu:

  apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common
"""
BUCKET = "gallery"
REGION = "us-east-1"
PATIENCE = 60  # seconds for each step; all of them together take one
TOGETHER = ("setpriv", "--pdeathsig", "KILL")  # the kernel ends it with us, however we end
CONFIGURATION = """\
[global]
fsid = {fsid}
keyring = {folder}/keyring
mon_initial_members = a
mon_host = [v1:127.0.0.1:{monitor_port}]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr2 = false
run_dir = {folder}
log_file = {folder}/$name.log
pid_file =
admin_socket =
# A monitor that waits for others to vote with makes every new pool take a second.
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
mon_data = {folder}/mon
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_data = {folder}/osd
osd_objectstore = memstore
osd_class_load_list = *
osd_class_default_list = *
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
rgw_data = {folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{port}
"""
RIGHTS = {
    "mon.": ("mon",),
    "client.admin": ("mon", "osd"),
    "client.rgw": ("mon", "osd"),
    "osd.0": ("mon", "osd"),
}


@contextlib.contextmanager
def ceph() -> Iterator[dict[str, str]]:
    """Start Ceph on free loopback ports, everything in memory; yield the site's variables for it.

    All of it is stopped and deleted at the end.
    """
    if missing := [program for program in PROGRAMS if not shutil.which(program)]:
        sys.exit(MISSING.format(missing[0]))
    leave_by_signals()
    with tempfile.TemporaryDirectory(prefix="dev-") as folder, Cluster(Path(folder)) as cluster:
        access_key, secret_key = cluster.start()
        create_bucket(cluster.port, access_key, secret_key)
        yield {
            "USE_S3_STORAGE": "True",
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key,
            "AWS_STORAGE_BUCKET_NAME": BUCKET,
            "AWS_S3_REGION_NAME": REGION,
            "AWS_S3_ENDPOINT_URL": f"http://127.0.0.1:{cluster.port}",
            "AWS_S3_ADDRESSING_STYLE": "path",
        }


class Cluster:
    """One monitor, one OSD and one gateway, which end with the block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.monitor_port = free_port(), free_port()
        self.fsid = str(uuid.uuid4())
        self.environment = {**os.environ, "CEPH_CONF": str(folder / "ceph.conf"), "CEPH_ARGS": ""}
        self.daemons: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        # They have nothing to save, so nobody waits for them to leave by themselves.
        for daemon in self.daemons:
            daemon.kill()
        for daemon in self.daemons:
            daemon.wait()

    def start(self) -> tuple[str, str]:
        """Start everything; return the keys of a user of the gateway."""
        folder = self.folder
        for name in ("mon", "osd", "rgw"):
            (folder / name).mkdir()
        facts = {"fsid": self.fsid, "monitor_port": self.monitor_port, "port": self.port}
        (folder / "ceph.conf").write_text(CONFIGURATION.format(folder=folder, **facts))
        (folder / "keyring").write_text(keyring())
        monitor, plan = f"[v1:127.0.0.1:{self.monitor_port}]", f"{folder}/monmap"
        self.run("monmaptool", "--create", "--addv", "a", monitor, "--fsid", self.fsid, plan)
        self.run(
            "ceph-mon", "--mkfs", "-i", "a", "--monmap", plan, "--keyring", f"{folder}/keyring"
        )
        self.launch("ceph-mon", "-i", "a")
        disk = str(uuid.uuid4())
        self.run("ceph", "osd", "new", disk)
        self.run("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", disk)
        self.launch("ceph-osd", "-i", "0")
        self.wait_for_disk()
        # Before the gateway: both lay out the cluster, and who comes second waits for 5 seconds.
        user = self.run("radosgw-admin", "user", "create", "--uid=dev", "--display-name=dev")
        self.launch("radosgw", "-n", "client.rgw")
        [keys] = json.loads(user)["keys"]
        return keys["access_key"], keys["secret_key"]

    def wait_for_disk(self) -> None:
        """Return once the OSD takes data: who asks before that, asks again after 5 seconds."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.daemons[-1].poll() is None:
            if json.loads(self.run("ceph", "osd", "stat", "--format=json"))["num_up_osds"]:
                return
        sys.exit(f"Ceph did not start: its OSD does not come up.\n{self.said()}")

    def run(self, *command: str) -> str:
        """Run one of Ceph's programs to its end; return what it printed."""
        try:
            done = subprocess.run(
                [*TOGETHER, *command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=True,
            )
        except subprocess.TimeoutExpired:
            sys.exit(f"Ceph did not start: no answer to {command[0]}.\n{self.said()}")
        except subprocess.CalledProcessError as error:
            sys.exit(f"Ceph did not start: {command[0]} failed.\n{error.stderr}{self.said()}")
        return done.stdout

    def launch(self, *command: str) -> None:
        """Start a daemon, in a session of its own: ctrl-C is for what runs on it."""
        with (self.folder / f"{command[0]}.out").open("wb") as output:
            process = subprocess.Popen(
                [*TOGETHER, *command, "-f"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.daemons.append(process)

    def said(self) -> str:
        """Return what the daemons complained about."""
        return "".join(path.read_text("utf-8", "replace") for path in self.folder.glob("*.out"))


def keyring() -> str:
    """Return new keys for everybody, so that no other user of this machine can command them."""
    lines = []
    for name, places in RIGHTS.items():
        # Ceph's own format: AES, created now, length, key.
        key = struct.pack("<HIIH", 1, int(time.time()), 0, 16) + os.urandom(16)
        lines += [f"[{name}]", f"key = {base64.b64encode(key).decode()}"]
        lines += [f'caps {place} = "allow *"' for place in places]
    return "\n".join(lines) + "\n"


def create_bucket(port: int, access_key: str, secret_key: str) -> None:
    """Create the bucket as soon as the gateway answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        headers = signed("PUT", f"127.0.0.1:{port}", f"/{BUCKET}", access_key, secret_key)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        with contextlib.suppress(ConnectionError), contextlib.closing(connection):
            connection.request("PUT", f"/{BUCKET}", headers=headers)
            response = connection.getresponse()
            if response.status == http.HTTPStatus.OK:
                return
            sys.exit(f"Ceph made no bucket: {response.status} {response.read().decode()}")
        time.sleep(0.02)
    sys.exit("Ceph did not start: its gateway does not answer.")


def signed(method: str, host: str, path: str, access_key: str, secret_key: str) -> dict[str, str]:
    """Return the headers of a request without a body, signed as S3 wants it (version 4)."""
    moment, nothing = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}", hashlib.sha256(b"").hexdigest()
    headers = {"host": host, "x-amz-content-sha256": nothing, "x-amz-date": moment}
    names = ";".join(headers)
    lines = [f"{name}:{value}" for name, value in headers.items()]
    request = "\n".join([method, path, "", *lines, "", names, nothing])
    scope = f"{moment[:8]}/{REGION}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{secret_key}".encode()
    for text in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"):
        key = hmac.digest(key, text.encode(), "sha256")
    by = f"Credential={access_key}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
    return {**headers, "Authorization": f"AWS4-HMAC-SHA256 {by}"}
