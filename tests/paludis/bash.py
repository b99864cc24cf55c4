"""What a real bash makes of pbins, in an empty environment."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

# Prints, each ended by NUL: a line with the file, then NAME=value of all that it assigned.
SCRIPT = r"""
while IFS= read -r -d '' file && IFS= read -r -d '' names; do
    . "$file"
    printf 'file %s\0' "$file"
    for name in $names; do
        printf '%s=%s\0' "$name" "${!name}"
        unset "$name"
    done
done
"""


def assigned_by_bash(
    directory: Path, texts: Mapping[str, str], names: Mapping[str, set[str]]
) -> dict[str, dict[str, str]]:
    """Have one bash source every text, given by a key, and return the values of the names in it.

    Fails the test if bash has anything to say.
    """
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash on this machine")
    keys = list(texts)
    requests = []
    for number, key in enumerate(keys):
        path = directory / str(number)
        path.write_bytes(texts[key].encode())
        requests.append(f"{path}\0{' '.join(sorted(names[key]))}\0")
    ran = subprocess.run(
        [bash, "--norc", "--noprofile", "-c", SCRIPT],
        input="".join(requests).encode(),
        env={},
        cwd=directory,
        capture_output=True,
        check=True,
    )
    assert ran.stderr == b""
    values: dict[str, dict[str, str]] = {}
    for answer in ran.stdout.decode().split("\0")[:-1]:
        if answer.startswith(f"file {directory}/"):
            current = values.setdefault(keys[int(answer.rpartition("/")[2])], {})
        else:
            name, _, value = answer.partition("=")
            current[name] = value
    return values
