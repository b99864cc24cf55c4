"""What dies in the middle of a build, and what becomes of the build."""

import pytest

from tests.acceptance.conftest import REPOSITORY, Site


def host_log(site: Site, run: int) -> tuple[bytes, bytes]:
    """What the newest run on the builder wrote, and what the portal has of it."""
    state = "/var/lib/pbins-portal/runs"
    uuid = site.forge.sh(f"ls -t {state} | head -n 1").strip()
    said = site.portal.does("run", "log", str(run))["log"].encode()
    return site.forge.path(f"{state}/{uuid}/log").read_bytes(), said


@pytest.mark.parametrize("victim", ["everything", "up alone", "redis-server", "connections"])
def test_a_build_goes_on_when_this_dies(site: Site, victim: str) -> None:
    portal = site.portal
    run = site.hold()
    match victim:
        case "everything":
            portal.kill_all()
        case "up alone":
            portal.kill_up()
        case "connections":
            site.forge.restart_sshd(sessions_too=True)
        case _:
            portal.kill(victim)
    site.let_go()
    if victim in {"everything", "up alone"}:
        portal.up()
    shown = portal.end_of(run)
    assert shown["state"] == "succeeded", shown
    assert [made["commit"] for made in shown["publications"]] == [site.head()]
    theirs, ours = host_log(site, run)
    assert ours.replace(b"\r\n", b"\n") == theirs.replace(b"\r\n", b"\n")


def test_a_restarted_builder_ends_the_run_truthfully_and_takes_the_next(site: Site) -> None:
    before = site.head()
    run = site.hold()
    site.forge.reboot()
    shown = site.portal.end_of(run)
    assert (shown["state"], "restarted" in shown["reason"]) == ("lost", True), shown
    assert site.head() == before
    site.let_go()
    assert site.portal.manage("run", "retry", str(run), "--wait").exit == 0


def test_cancelling_leaves_nothing_behind(site: Site) -> None:
    before = site.head()
    run = site.hold()
    assert site.portal.manage("run", "cancel", str(run)).exit == 0
    assert site.portal.end_of(run)["state"] == "cancelled"
    assert "resume-file" not in site.forge.processes()
    assert site.forge.sh(f"ls /var/cache/paludis/distfiles/{REPOSITORY} | grep -c 'tar$' || :") == (
        "0\n"
    )
    assert site.forge.sh("ls /var/lib/pbins-portal") == "runs\n"
    assert site.head() == before
