"""`python -m benchmarks._fleet DIRECTORY COUNT KEY`: stand-in hosts until standard input ends.

They are a process of their own, so that their work is not counted as the portal's. Prints a line
of JSON: name to port and host key.
"""

import json
import sys
from pathlib import Path

from demo.fleet import Fleet


def main(directory: str, count: str, key: str) -> None:
    names = [f"host{number}" for number in range(int(count))]
    with Fleet(Path(directory), names, authorized_keys=[key], pace=0.0) as fleet:
        hosts = {name: [host.port, host.host_key] for name, host in fleet.hosts.items()}
        print(json.dumps(hosts), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
