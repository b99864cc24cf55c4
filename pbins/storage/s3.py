"""A bucket of an S3-compatible store; the only module that knows boto3."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pbins.storage.errors import BadUrl, OutsideError
from pbins.storage.outside_url import OutsideUrl
from pbins.storage.paths import check_file_name

DEFAULT_REGION = "us-east-1"
CONTENT_TYPE = "application/x-bzip2"
_AT_ONCE = 1000
"""Objects that one request may delete."""

_TRANSFER = TransferConfig(max_concurrency=4)
_SETTINGS = Config(
    s3={"addressing_style": "path"},  # what every compatible store understands
    request_checksum_calculation="when_required",  # of newer checksums many know nothing
    response_checksum_validation="when_required",
    retries={"max_attempts": 3, "mode": "standard"},
    connect_timeout=15,
    read_timeout=60,
)
_NOT_FROM_HERE = {
    "profile": (None, None, None, None),
    "config_file": (None, None, "/dev/null", None),
    "credentials_file": (None, None, "/dev/null", None),
}
"""The machine's own settings are none of ours."""


@dataclass(frozen=True, slots=True)
class S3Place:
    """`https://store/bucket/directory`, with the key that may write there."""

    url: OutsideUrl
    key: str
    secret: str
    region: str = DEFAULT_REGION
    _clients: list[Any] = field(default_factory=list)

    def listing(self) -> dict[str, int]:
        pages = self._client.get_paginator("list_objects_v2")
        with self._errors():
            return {
                found["Key"].removeprefix(self._prefix): int(found["Size"])
                for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix)
                for found in page.get("Contents", ())
            }

    def sizes(self, names: Collection[str]) -> dict[str, int]:
        found = {}
        for name in names:
            size = self._size(name)
            if size is not None:
                found[name] = size
        return found

    def put(self, files: Mapping[str, Path]) -> None:
        for name, path in files.items():
            with self._errors():
                self._client.upload_file(
                    str(path),
                    self._bucket,
                    self._prefix + check_file_name(name),
                    ExtraArgs={"ContentType": CONTENT_TYPE},
                    Config=_TRANSFER,
                )

    def delete(self, names: Collection[str]) -> None:
        keys = [{"Key": self._prefix + check_file_name(name)} for name in names]
        for start in range(0, len(keys), _AT_ONCE):
            with self._errors():
                done = self._client.delete_objects(
                    Bucket=self._bucket,
                    Delete={"Objects": keys[start : start + _AT_ONCE], "Quiet": True},
                )
            for trouble in done.get("Errors", ())[:1]:
                raise OutsideError(f"{self._where}: {trouble['Key']}: {trouble['Message']}")

    @property
    def _bucket(self) -> str:
        bucket = self.url.path.strip("/").partition("/")[0]
        if not bucket:
            raise BadUrl(self.url.text, "the name of a bucket has to follow the host")
        return bucket

    @property
    def _prefix(self) -> str:
        directory = self.url.path.strip("/").partition("/")[2]
        return f"{directory}/" if directory else ""

    @property
    def _where(self) -> str:
        return f"bucket {self._bucket} at {self.url.host}"

    @property
    def _client(self) -> Any:
        """Made once, since that takes half a second."""
        if not self._clients:
            port = f":{self.url.port}" if self.url.port else ""
            session = boto3.session.Session(
                botocore_session=botocore.session.Session(session_vars=_NOT_FROM_HERE)
            )
            made = session.client(
                "s3",
                endpoint_url=f"{self.url.scheme}://{self.url.host}{port}",
                aws_access_key_id=self.key,
                aws_secret_access_key=self.secret,
                region_name=self.region or DEFAULT_REGION,
                config=_SETTINGS,
            )
            self._clients.append(made)
        return self._clients[0]

    def _size(self, name: str) -> int | None:
        try:
            with self._errors():
                found = self._client.head_object(
                    Bucket=self._bucket, Key=self._prefix + check_file_name(name)
                )
        except _NotThere:
            return None
        return int(found["ContentLength"])

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """boto3's errors as ours; none of them holds the secret."""
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in {"404", "NoSuchKey"}:
                raise _NotThere(f"{self._where}: no such file") from error
            raise OutsideError(f"{self._where}: {error}") from error
        except (BotoCoreError, Boto3Error) as error:
            raise OutsideError(f"{self._where}: {error}") from error


class _NotThere(OutsideError):
    pass
