"""Many hosts at once, and few workers."""

from pathlib import Path

from demo.fleet import Fleet
from pbins.jobs.submission import submit
from pbins.models import Repository, RunState
from pbins.services.credentials import portal_credential
from pbins.services.logs import log_size, read_log
from pbins.services.queueing import queue_sync
from tests.fleets import Lab, eventually, host_log, make_consumer
from tests.jobs.conftest import Redis
from tests.jobs.test_moving import in_another_process, kill

HOSTS = [f"node{number}" for number in range(30)]


def test_two_workers_bring_thirty_runs_on_thirty_hosts_to_their_ends(
    redis: Redis, lab: Lab, repository: Repository, tmp_path: Path
) -> None:
    channel = repository.channels.get()
    with Fleet(tmp_path / "crowd", HOSTS, pace=0) as fleet:
        crowd = Lab(fleet, lab.url, lab.gate)
        fleet_key = portal_credential().public_key
        for name in HOSTS:
            fleet[name].authorize(fleet_key)
            make_consumer(crowd.inventory(name), channel)
        rollout = queue_sync(
            repository=repository,
            hosts=[one.host for one in channel.subscriptions.select_related("host")],
            asked_by=None,
        )
        submit(*rollout.runs.all())
        processes = [
            in_another_process("rqworker", "syncs"),
            in_another_process("rqworker", "syncs"),
            in_another_process("follow"),
        ]
        try:
            states = rollout.runs.order_by().values_list("state", flat=True)
            assert eventually(lambda: set(states.all()) == {RunState.SUCCEEDED}, patience=90)
        finally:
            for process in processes:
                kill(process)
        for run in rollout.runs.select_related("host"):
            assert read_log(run, 0, log_size(run)) == host_log(run)
    assert {one.commit for one in channel.subscriptions.all()} == {channel.commit}
