"""One builder, two consumers and a portal, introduced to one another by the command line alone."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.furnishing import make_source_repository
from tests.acceptance.machines import Machine, machine, skip_unless_possible
from tests.acceptance.portal import Portal, portal

PACKAGES = Path(__file__).with_name("packages.conf")
REPOSITORY = "pbins"
GATE = "/tmp/gate"
# What administrators have in start-up files; none of it may get into what cave says.
GREETING = 'echo "Welcome to $(hostname) 9.1"\necho "something is wrong" >&2\numask 077\n'


@dataclass(frozen=True, slots=True)
class Site:
    """Everything there is; the repository is provisioned, and nothing is built yet."""

    portal: Portal
    forge: Machine
    web1: Machine
    web2: Machine

    def hold(self) -> int:
        """A build that has begun and goes on until ``let_go``."""
        self.forge.sh(f"rm -f {GATE} {GATE}.waiting")
        run = self.portal.begin("build", REPOSITORY, "app-misc/held")
        waiting = self.forge.path(f"{GATE}.waiting")
        self.portal.wait_for(waiting.exists, f"build of app-misc/held in run {run}")
        return run

    def let_go(self) -> None:
        self.forge.sh(f"touch {GATE}")

    def head(self) -> str:
        """The commit that the channel is at."""
        (repository,) = self.portal.does("repository", "list")
        (channel,) = repository["channels"]
        return str(channel["commit"])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Shared by all tests; each leaves the hosts well."""
    skip_unless_possible()
    directory = tmp_path_factory.mktemp("acceptance").resolve()
    source = directory / "source"
    make_source_repository(source, PACKAGES)
    with ExitStack() as stack:
        hosts = [
            stack.enter_context(machine(name, directory, source=source))
            for name in ("forge", "web1", "web2")
        ]
        made = Site(stack.enter_context(portal(directory / "portal")), *hosts)
        _furnish_logins(made)
        with ThreadPoolExecutor() as pool:
            for introduced in [
                pool.submit(made.portal.introduce, made.forge, "--builder"),
                pool.submit(made.portal.introduce, made.web1, "--consumer", "--tag", "web"),
                pool.submit(made.portal.introduce, made.web2, "--consumer", user="deploy"),
            ]:
                introduced.result()
        made.portal.does(
            *("repository", "add", REPOSITORY, "--builder", "forge"),
            *("--masters", "arbor", "--platforms", "amd64 ~amd64"),
        )
        made.portal.does("repository", "provision", REPOSITORY)
        yield made


def _furnish_logins(site: Site) -> None:
    site.forge.sh('printf %s "$1" > /root/.bashrc', GREETING)
    site.forge.sh("echo 'Authorised use only, 2.0' > /etc/banner")
    site.forge.sh("echo 'Banner /etc/banner' >> /etc/ssh/sshd_config")
    site.forge.restart_sshd()
    shell = next(filter(None, map(shutil.which, ("fish", "tcsh", "csh", "zsh", "bash"))))
    site.web2.add_user("deploy", shell=shell)
    site.web2.sh(
        "cd ~deploy && mkdir -p .config/fish && for file in .config/fish/config.fish .cshrc"
        " .zshenv .bashrc; do echo 'echo hello; umask 077' > $file; done"
        " && chown -R deploy: . && chmod 700 ."
    )
