"""Places for mirrors: an S3-compatible store, an rsync daemon's module, a directory over HTTP."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from boto3.session import Session

KEY, SECRET = "AKIAPORTAL", "s3cr3t-key-of-the-store"
BUCKET = "tarballs"


@contextmanager
def s3_store() -> Iterator[str]:
    """The address of an empty store with one bucket."""
    port = _free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as store:
        try:
            _wait_for(port)
            url = f"http://127.0.0.1:{port}"
            make_bucket(url)
            yield url
        finally:
            store.terminate()


def make_bucket(url: str) -> None:
    client = Session().client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=BUCKET)
    everybody_reads = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:HeadObject"],  # the stand-in asks for both
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [everybody_reads]}
    client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))


@contextmanager
def rsync_daemon(directory: Path, *, password: str) -> Iterator[str]:
    """The address of a module that the user `bot` may write to."""
    port = _free_port()
    secrets = directory.with_name("rsyncd.secrets")
    secrets.write_text(f"bot:{password}\n")
    secrets.chmod(0o600)
    config = directory.with_name("rsyncd.conf")
    config.write_text(
        f"port = {port}\naddress = 127.0.0.1\nuse chroot = no\n"
        f"uid = {os.getuid()}\ngid = {os.getgid()}\n"
        f"[tarballs]\npath = {directory}\nread only = no\nauth users = bot\n"
        f"secrets file = {secrets}\n"
    )
    command = ["rsync", "--daemon", "--no-detach", f"--config={config}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        try:
            _wait_for(port)
            yield f"rsync://bot@127.0.0.1:{port}/tarballs"
        finally:
            daemon.terminate()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def over_http(directory: Path) -> Iterator[str]:
    """The address at which everybody can read a directory."""
    handler = partial(Quiet, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def needs_rsync() -> None:
    if shutil.which("rsync") is None:
        pytest.skip("rsync is not installed (Debian: rsync)")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError("the store did not start")
