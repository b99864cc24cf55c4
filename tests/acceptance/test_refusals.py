"""What can be wrong with a host or a wish: each ends with a status and a sentence that helps."""

import pytest

from tests.acceptance.conftest import REPOSITORY, Site


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("build", REPOSITORY, "conch", "--wait"), 2, "conch"),
        (("build", REPOSITORY, "app-misc/nothere", "--wait"), 1, "app-misc/nothere"),
        (("build", "nothere", "app-misc/held"), 2, "nothere"),
        (("sync", REPOSITORY, "--host", "forge", "--wait"), 2, "forge"),
        (("host", "trust", "web1", "SHA256:another"), 2, "SHA256:another"),
        (("run", "cancel", "999999"), 2, "999999"),
    ],
)
def test_a_wrong_wish_is_refused(
    site: Site, words: tuple[str, ...], status: int, said: str
) -> None:
    answer = site.portal.manage(*words)
    assert answer.exit == status, answer
    assert said in answer.out + answer.err


@pytest.mark.parametrize(
    ("breaking", "mending", "said"),
    [
        ("mv /usr/local/bin/cave /root", "mv /root/cave /usr/local/bin", "no cave"),
        (
            "usermod --shell /usr/sbin/nologin deploy",
            "usermod --shell /bin/bash deploy",
            "runs no command",
        ),
        (
            "mv /etc/sudoers.d/deploy /root",
            "mv /root/deploy /etc/sudoers.d",
            "NOPASSWD",
        ),
        (
            "mv /home/deploy/.ssh/authorized_keys /root",
            "mv /root/authorized_keys /home/deploy/.ssh",
            "authorized_keys",
        ),
        (
            "mv /etc/paludis/repositories/arbor.conf /root",
            "mv /root/arbor.conf /etc/paludis/repositories",
            "arbor",
        ),
    ],
)
def test_a_host_that_is_not_as_it_should_be_is_told(
    site: Site, breaking: str, mending: str, said: str
) -> None:
    # The portal keeps connections for a while; what was let in before stays in.
    site.web2.sh(breaking)
    site.web2.restart_sshd(sessions_too=True)
    try:
        probe = site.portal.manage("host", "probe", "web2")
    finally:
        site.web2.sh(mending)
    assert probe.exit == 1, probe
    assert said in probe.out + probe.err


def test_a_host_with_another_key_is_not_spoken_to_until_it_is_trusted(site: Site) -> None:
    site.web2.sh(
        "rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key"
    )
    site.web2.restart_sshd(sessions_too=True)
    refused = site.portal.manage("sync", REPOSITORY, "--host", "web2", "--wait")
    assert refused.exit == 1
    assert (refused.out + refused.err).count("SHA256:") >= 2
    site.portal.does("host", "trust", "web2")
    assert site.portal.manage("sync", REPOSITORY, "--host", "web2", "--wait").exit == 0
