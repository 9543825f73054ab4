"""Ceph as `./dev` runs it: what it is told, and that nothing of it stays."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tooling import ceph
from tooling.environment import ROOT

HOLD = """
import sys, time
from tooling.ceph import ceph
with ceph() as variables:
    print(variables["AWS_S3_ENDPOINT_URL"], flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Return a process that has started Ceph."""
    command = [sys.executable, "-c", HOLD]
    variables = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        yield process
        process.kill()


def daemons_of(process: subprocess.Popen[str]) -> list[str]:
    """Return the process ids of its children."""
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


def is_running(daemon: str) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{daemon}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


@pytest.mark.parametrize("present", [(), ceph.PROGRAMS[:-1]])
def test_ceph__when_a_program_is_missing__names_it_and_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, present: tuple[str, ...]
) -> None:
    for name in present:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as caught, ceph.ceph():
        pass
    missing = ceph.PROGRAMS[len(present)]
    assert f"needs Ceph, and {missing} is missing here" in str(caught.value.code)
    assert "apt-get install --no-install-recommends radosgw" in str(caught.value.code)


def test_signed__is_what_botocore_signs() -> None:
    headers = ceph.signed("PUT", "127.0.0.1:81", "/gallery", "access", "secret")
    given = {name: value for name, value in headers.items() if name != "Authorization"}
    request = AWSRequest("PUT", "http://127.0.0.1:81/gallery", headers=given)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = S3SigV4Auth(Credentials("access", "secret"), "s3", ceph.REGION)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    signature = auth.signature(text, request)

    assert headers["Authorization"] == (
        f"AWS4-HMAC-SHA256 Credential=access/{headers['x-amz-date'][:8]}/us-east-1/s3/aws4_request,"
        f" SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}"
    )


def test_keyring__gives_everybody_a_key_of_their_own() -> None:
    lines = [*ceph.keyring().splitlines(), *ceph.keyring().splitlines()]
    keys = [line for line in lines if line.startswith("key = ")]

    assert len(set(keys)) == len(keys) == 2 * len(ceph.RIGHTS)


def test_cluster__whose_program_fails__says_what_it_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ceph, "TOGETHER", ())  # which is Linux's own
    cluster = ceph.Cluster(tmp_path)
    (tmp_path / "ceph-osd.out").write_text("The daemon was not well.")
    with pytest.raises(SystemExit) as caught:
        cluster.run("sh", "-c", "echo That went wrong. >&2; exit 3")
    assert str(caught.value.code).splitlines() == [
        "Ceph did not start: sh failed.",
        "That went wrong.",
        "The daemon was not well.",
    ]


@pytest.mark.s3
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_ceph__however_its_starter_ends__is_gone(
    holder: subprocess.Popen[str], number: signal.Signals
) -> None:
    daemons = daemons_of(holder)
    assert len([daemon for daemon in daemons if is_running(daemon)]) == 3
    holder.send_signal(number)
    holder.wait(10)

    deadline = time.monotonic() + 10
    while any(map(is_running, daemons)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, daemons))


@pytest.mark.s3
def test_ceph__twice_at_once__keep_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceph, "leave_by_signals", lambda: None)  # these are pytest's
    with ceph.ceph() as one, ceph.ceph() as other:
        names = ("AWS_S3_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        assert all(one[name] != other[name] for name in names)
        path, host = f"/{ceph.BUCKET}", other["AWS_S3_ENDPOINT_URL"].removeprefix("http://")
        headers = ceph.signed("PUT", host, path, *(one[name] for name in names[1:]))
        with contextlib.closing(http.client.HTTPConnection(host, timeout=10)) as connection:
            connection.request("PUT", path, headers=headers)
            assert connection.getresponse().status == 403
