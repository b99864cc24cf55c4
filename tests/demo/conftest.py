"""The laboratory of the transcripts, rebuilt from stand-ins: a builder and a consumer."""

import configparser
import functools
import http.server
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.furnishing import furnish, git, make_source_repository

LAB = Path(__file__).parent / "lab.conf"
BUILDER_CONF = """format = e
location = /var/db/paludis/repositories/mybinaries
importance = 10
binary_destination = true
binary_distdir = /var/cache/paludis/distfiles
distdir = /var/cache/paludis/distfiles
binary_keywords_filter = amd64 ~amd64
binary_uri_prefix = http://127.0.0.1:{port}/exherbo/
use_manifest = ignore
"""
CONSUMER_CONF = """format = e
location = /var/db/paludis/repositories/mybinaries
importance = 100
sync = git+file://{source}
"""


@dataclass
class Ran:
    exit: int
    stdout: str
    stderr: str


@dataclass
class Machine:
    """A furnished directory whose `cave` is run directly, without SSH."""

    root: Path
    repository: str = "mybinaries"

    @property
    def binaries(self) -> Path:
        return self.root / "var/db/paludis/repositories" / self.repository

    @property
    def distfiles(self) -> Path:
        return self.root / "var/cache/paludis/distfiles"

    def run(self, command: str) -> Ran:
        finished = subprocess.run(
            ["/bin/sh", "-c", command.replace("/tmp/", f"{self.root}/tmp/")],
            cwd=self.root,
            env={"PATH": f"{self.root}/bin:/usr/bin:/bin", "HOME": f"{self.root}/root"},
            capture_output=True,
            check=False,
            timeout=60,
        )
        return Ran(finished.returncode, finished.stdout.decode(), finished.stderr.decode())


def lab_descriptions() -> str:
    """lab.conf with what all its packages have in common."""
    parser = configparser.RawConfigParser(delimiters=("=",))
    parser.read_string(LAB.read_text())
    text = ""
    for section in parser.sections():
        name = section.partition("/")[2]
        package = name[: next(i for i, c in enumerate(name) if c == "-" and name[i + 1].isdigit())]
        common = {
            "summary": f"{package}: a test package",
            "description": (
                f"A longer text about {package} with 'quotes', a \"double quote\", a $dollar, "
                "a back\\slash and ünïcode.\\nIt has a second line."
            ),
            "homepage": f"https://example.org/{package}/",
            "remote_ids": f"github:example/{package}",
            "says": f"compiling {package}\\n\\e[31mred warning\\e[0m",
            "files": f"usr/share/lab/{package}/f.txt usr/bin/lab-{package}",
        }
        keys = common | dict(parser.items(section))
        text += f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
    return text


@dataclass
class Lab:
    directory: Path
    builder: Machine
    consumer: Machine
    port: int

    def serve(self, directory: Path) -> http.server.ThreadingHTTPServer:
        """Serve tarballs on the port that the pbins name."""
        handler = functools.partial(Quiet, directory=str(directory))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".bz2": "application/x-bzip2"}  # noqa: RUF012 as in its base class

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base's name
        return


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    directory = tmp_path_factory.mktemp("lab")
    descriptions = directory / "descriptions.conf"
    descriptions.write_text(lab_descriptions())
    source = directory / "arbor"
    make_source_repository(source, descriptions)
    machines = []
    for name in ("builder", "consumer"):
        furnish(directory / name, source, pace=0)
        machines.append(Machine(directory / name))
    builder, consumer = machines
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port: int = reserved.getsockname()[1]
    _configure(builder, consumer, port, directory)
    yield Lab(directory, builder, consumer, port)
    shutil.rmtree(directory)


def _configure(builder: Machine, consumer: Machine, port: int, directory: Path) -> None:
    paludis = builder.root / "etc/paludis"
    (paludis / "repositories/mybinaries.conf").write_text(BUILDER_CONF.format(port=port))
    (paludis / "sets/tools.conf").write_text("* dev-util/mker\n* dev-libs/libbar\n* sys-libs/uni\n")
    (builder.root / "var/db/paludis/world").write_text("net-www/served\nsys-libs/uni\n")
    for name, text in {
        "profiles/repo_name": "mybinaries\n",
        "metadata/layout.conf": "masters = arbor\n",
        "packages/.gitkeep": "",
    }.items():
        path = builder.binaries / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    source = directory / "mybinaries.git"
    conf = consumer.root / "etc/paludis/repositories/mybinaries.conf"
    conf.write_text(CONSUMER_CONF.format(source=source))


def publish(lab: Lab) -> None:
    """What the builder made, as the git repository that the consumer follows."""
    target = lab.directory / "mybinaries.git"
    shutil.copytree(lab.builder.binaries, target)
    git(target, "init", "--quiet", "--initial-branch=master")
    git(target, "add", "--all")
    git(target, "commit", "--quiet", "--message=First binaries")


def make_builder(root: Path) -> None:
    """What an administrator sets up on a builder of `pbins` (FACTS 3)."""
    repository = root / "var/db/paludis/repositories/pbins"
    for name, text in {
        "profiles/repo_name": "pbins\n",
        "metadata/layout.conf": "masters = arbor\n",
        "metadata/categories.conf": "",
        "metadata/mirrors.conf": "",
        "packages/.gitkeep": "",
    }.items():
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(text)
    (root / "etc/paludis/repositories/pbins.conf").write_text(
        "format = e\nlocation = /var/db/paludis/repositories/pbins\nimportance = 10\n"
        "binary_destination = true\nbinary_distdir = /var/cache/paludis/distfiles\n"
        "distdir = /var/cache/paludis/distfiles\nbinary_keywords_filter = amd64 ~amd64\n"
        "binary_uri_prefix = mirror://pbins/\nuse_manifest = ignore\n"
    )
