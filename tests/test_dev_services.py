"""`./dev services`: what it starts, for whom, and that nothing is left of it."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.test_dev import Commands, Dev, commands, run_dev

__all__ = ["commands"]  # the fixture
from tooling import services, testing


def run_in_services(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `./dev services -- COMMAND …` when all of them are running elsewhere."""
    urls = {"DATABASE_URL": "postgres://a", "CACHE_URL": "redis://a/0", "CELERY_BROKER_URL": "b"}
    return run_dev("services", "--", *command, cwd=cwd, env={**os.environ, **urls})


def test_services__start_nothing_that_the_environment_names(tmp_path: Path) -> None:
    done = run_in_services("sh", "-c", "pwd; echo $DATABASE_URL $CELERY_BROKER_URL", cwd=tmp_path)
    assert done.stdout.splitlines() == [str(tmp_path), "postgres://a b"]
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("script", "code"), [("exit 7", 7), ("kill -9 $$", 137), ("exec /no/such/program", 127)]
)
def test_services__end_as_their_command_did(tmp_path: Path, script: str, code: int) -> None:
    assert run_in_services("sh", "-c", script, cwd=tmp_path).returncode == code


def test_services__when_there_is_no_such_command__say_so(tmp_path: Path) -> None:
    done = run_in_services("no-such-program", cwd=tmp_path)
    assert done.returncode == 127
    assert "no-such-program" in done.stderr


@pytest.mark.services
def test_services__are_there_for_their_command_and_gone_after_it(tmp_path: Path) -> None:
    script = """
import os, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    assert connection.execute("SELECT 1").fetchone() == (1,)
cache, broker = (redis.Redis.from_url(os.environ[n]) for n in ("CACHE_URL", "CELERY_BROKER_URL"))
cache.set("key", "value")
assert broker.ping() and not broker.exists("key")
print(os.environ["CELERY_BROKER_URL"])
"""
    urls = {"DATABASE_URL": "", "CACHE_URL": "", "CELERY_BROKER_URL": ""}
    command = ("services", "--", sys.executable, "-c", script)
    done = run_dev(*command, cwd=tmp_path, env={**os.environ, **urls})
    assert done.returncode == 0, done.stderr
    with Redis.from_url(done.stdout.strip()) as gone, pytest.raises(RedisConnectionError):
        gone.ping()


@pytest.mark.parametrize("run", [services.services, testing.test])
def test_s3__without_ceph__says_how_to_get_it(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: Dev
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as caught:
        run(["--s3"])
    # A text as its code is printed, and the process ends with 1.
    assert "apt-get install --no-install-recommends radosgw" in str(caught.value.code)
    assert commands.ran == []


@pytest.mark.s3
def test_services__with_s3__have_a_bucket_and_are_gone_after_it(tmp_path: Path) -> None:
    script = """
import os, boto3
endpoint = os.environ["AWS_S3_ENDPOINT_URL"]
client = boto3.client("s3", endpoint_url=endpoint, region_name=os.environ["AWS_S3_REGION_NAME"])
bucket = os.environ["AWS_STORAGE_BUCKET_NAME"]
client.put_object(Bucket=bucket, Key="key", Body=b"value")
assert client.get_object(Bucket=bucket, Key="key")["Body"].read() == b"value"
print(endpoint, os.environ["USE_S3_STORAGE"], os.environ["AWS_S3_ADDRESSING_STYLE"])
"""
    urls = {"DATABASE_URL": "postgres://a", "CACHE_URL": "redis://a/0", "CELERY_BROKER_URL": "b"}
    command = ("services", "--s3", "--", sys.executable, "-c", script)
    done = run_dev(*command, cwd=tmp_path, env={**os.environ, **urls})
    assert done.returncode == 0, done.stderr
    endpoint, *rest = done.stdout.split()
    assert rest == ["True", "path"]
    port = urlsplit(endpoint).port
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass
