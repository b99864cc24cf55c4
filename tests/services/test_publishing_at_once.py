"""Four processes at one repository: each publishes, promotes and rolls back; nothing is lost."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from pbins.models import Change, Channel, Entry, Publication, PublicationState, Repository
from pbins.services.publishing import git_of
from tests.databases import database_url
from tests.releases import begin, release
from tests.services.test_publishing import seen_by_hosts

ROOT = Path(__file__).parents[2]
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
PROCESSES, ROUNDS = 4, 3
WORK = """
import sys
import django
django.setup()
from pbins.models import Channel
from pbins.services.errors import Refused
from pbins.services.moves import carry_out, plan_promotion
from tests.releases import release
master, stable = (
    Channel.objects.select_related("repository").get(name=name) for name in ("master", "stable")
)
for number in range(ROUNDS):
    release(master, f"sys-test/p{sys.argv[1]}x{number}")
    try:
        carry_out(plan_promotion(source=master, target=stable), asked_by=None)
    except Refused:
        pass  # another process was quicker
"""


@pytest.mark.django_db(transaction=True)
def test_four_processes_publish_and_promote_at_once(repository: Repository) -> None:
    master = repository.channels.get()
    release(master, "sys-test/first")
    stable = begin("stable", master)
    work = WORK.replace("ROUNDS", str(ROUNDS))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", work, str(number)],
            cwd=ROOT,
            env={
                "PATH": SEARCH_PATH,
                "PBINS_DATA_DIR": str(settings.PBINS_DATA_DIR),
                "PBINS_DATABASE_URL": database_url(),
                "DJANGO_SETTINGS_MODULE": "portal.settings",
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    said = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES, said
    count = 1 + PROCESSES * ROUNDS
    assert len(seen_by_hosts(master)[1]) == count
    assert Entry.objects.served().filter(channel=master).count() == count
    assert Change.objects.filter(channel=master, kind="added").count() == count
    for channel in Channel.objects.all():
        assert channel.commit == seen_by_hosts(channel)[0]
        served = {entry.pbin.path for entry in channel.entries.served().select_related("pbin")}
        assert served == seen_by_hosts(channel)[1]
    assert not Publication.objects.filter(state=PublicationState.PREPARED).exists()
    assert _history(stable) == Publication.objects.filter(channel=stable).count() + 2


def _history(channel: Channel) -> int:
    """Commits from the head back to the first: the channel's own, and those it began from."""
    git = git_of(channel.repository)
    command = ["git", "-c", "safe.directory=*", f"--git-dir={git.path}", "rev-list", "--count"]
    done = subprocess.run([*command, channel.name], capture_output=True, check=True, text=True)
    return int(done.stdout)
