"""The files of a stand-in host and of the source repository that all of them follow."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
DESCRIPTIONS = HERE / "arbor.conf"
GIT_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "Demo",
    "GIT_AUTHOR_EMAIL": "demo@localhost",
    "GIT_COMMITTER_NAME": "Demo",
    "GIT_COMMITTER_EMAIL": "demo@localhost",
}
SETTINGS = {
    "general.conf": "world = /var/db/paludis/world\n",
    "platforms.conf": "*/* amd64 ~amd64\n",
    "licences.conf": "*/* *\n",
    "options.conf": "*/* linguas: en\n",
    "package_unmask.conf": "",
    "repositories/installed.conf": (
        "format = exndbam\nlocation = /var/db/paludis/repositories/installed\n"
    ),
}
DIRECTORIES = (
    "bin",
    "root",
    "etc/paludis/repositories",
    "etc/paludis/sets",
    "tmp",
    "var/cache/paludis/distfiles",
    "var/db/paludis/repositories/installed/data",
    "var/log/paludis",
    "var/tmp/paludis/build",
)


def make_source_repository(path: Path, descriptions: Path = DESCRIPTIONS) -> None:
    """A git repository `arbor` at `path`: one file per section of `descriptions`.

    Made once; called again it commits what has changed in `descriptions`.
    """
    path.mkdir(parents=True, exist_ok=True)
    if not (path / ".git").is_dir():
        git(path, "init", "--quiet", "--initial-branch=master")
    write_descriptions(path, descriptions.read_text(encoding="utf-8"))
    git(path, "add", "--all")
    if git(path, "status", "--porcelain"):
        git(path, "commit", "--quiet", "--message=Describe the demo's packages")


def write_descriptions(path: Path, text: str) -> None:
    """`[cat/pkg-ver]` sections as a tree in the layout that the stand-in reads."""
    parser = configparser.RawConfigParser(interpolation=None, delimiters=("=",))
    parser.read_string(text)
    categories = sorted({section.partition("/")[0] for section in parser.sections()})
    shutil.rmtree(path / "packages", ignore_errors=True)
    for name in ("metadata", "profiles", "packages"):
        (path / name).mkdir(exist_ok=True)
    (path / "profiles/repo_name").write_text("arbor\n")
    (path / "metadata/categories.conf").write_text("".join(f"{each}\n" for each in categories))
    (path / "metadata/layout.conf").write_text("layout = exheres\n")
    for section in parser.sections():
        category, _, name = section.partition("/")
        package = parser.get(section, "package", fallback=_name_of(name))
        directory = path / "packages" / category / package
        directory.mkdir(parents=True, exist_ok=True)
        lines = [f"{key} = {value}".replace("\n", "\\n") for key, value in parser.items(section)]
        (directory / f"{name}.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _name_of(name: str) -> str:
    """`libbar-0.9-r1` as `libbar`: up to the first hyphen before a digit or `scm`."""
    for place, letter in enumerate(name):
        if letter == "-" and (name[place + 1].isdigit() or name[place + 1 :] == "scm"):
            return name[:place]
    raise ValueError(f"no version in {name}")


def furnish(directory: Path, source: Path, *, pace: float = 1.0) -> None:
    """Make `directory` a host that follows `source`; what an operator changed there stays."""
    for name in DIRECTORIES:
        (directory / name).mkdir(parents=True, exist_ok=True)
    settings = SETTINGS | {
        "repositories/arbor.conf": (
            "format = e\nlocation = /var/db/paludis/repositories/arbor\n"
            f"sync = git+file://{source}\n"
        )
    }
    for name, text in settings.items():
        path = directory / "etc/paludis" / name
        if not path.exists():
            path.write_text(text)
    launcher = directory / "bin/cave"
    launcher.write_text(_launcher(directory, pace))
    launcher.chmod(0o755)
    arbor = directory / "var/db/paludis/repositories/arbor"
    if not arbor.exists():
        git(directory, "clone", "--quiet", "--local", str(source), str(arbor))


def _launcher(directory: Path, pace: float) -> str:
    """Root and pace are written into it: the portal runs cave in an empty environment."""
    arguments = f"{str(HERE.parent)!r}, {str(directory)!r}, {pace!r}"
    return (
        "#!/bin/sh\n# A stand-in for demonstration, not Paludis.\n"
        f"exec '{sys.executable}' -S -E -c \"import sys\n"
        f"source, root, pace = {arguments}\n"
        "sys.path.insert(0, source)\n"
        "from demo.cave.main import main\n"
        'sys.exit(main(root, pace, sys.argv[1:]))" "$@"\n'
    )


def git(directory: Path, *arguments: str) -> str:
    """Run git without anybody's configuration; returns what it printed."""
    finished = subprocess.run(
        ["git", "-C", str(directory), *arguments],
        env=GIT_ENVIRONMENT,
        check=True,
        capture_output=True,
        text=True,
    )
    return finished.stdout
