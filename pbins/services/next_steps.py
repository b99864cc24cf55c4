"""What to do next, until there is a host, a repository and a build."""

from dataclasses import dataclass

from pbins.models import (
    Host,
    HostState,
    Publication,
    Repository,
    Run,
    RunKind,
    RunState,
    Subscription,
)
from pbins.roles import Role


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do. ``url_name`` is the page on which it is done, by that role."""

    title: str
    text: str
    url_name: str
    role: Role
    done: bool


def next_steps() -> tuple[NextStep, ...]:
    """All the first steps in their order, done or not."""
    hosts = Host.objects.all()
    return (
        NextStep(
            "Add a builder and a consumer",
            "Put the portal's public key into ~/.ssh/authorized_keys on each, then add it here.",
            "admin:pbins_host_add",
            Role.ADMINISTRATOR,
            hosts.builders().exists() and hosts.consumers().exists(),
        ),
        NextStep(
            "Trust the hosts' keys and probe them",
            "Compare each fingerprint with the one that ssh-keygen -l prints on the host.",
            "hosts",
            Role.OPERATOR,
            hosts.exists() and hosts.filter(state=HostState.READY).exists(),
        ),
        NextStep(
            "Add a repository",
            "Give it a name, the source repositories it is made from, and its builder.",
            "repositories",
            Role.ADMINISTRATOR,
            Repository.objects.exists(),
        ),
        NextStep(
            "Provision the hosts",
            "On the repository's page: see what would be written to them, then write it.",
            "repositories",
            Role.OPERATOR,
            Subscription.objects.exists(),
        ),
        NextStep(
            "Build packages",
            "Pick a repository and packages; what is made is published.",
            "build",
            Role.OPERATOR,
            Run.objects.filter(kind=RunKind.BUILD, publications__isnull=False).exists()
            or Publication.objects.filter(changes__isnull=False).exists(),
        ),
        NextStep(
            "Sync the hosts",
            "Every consumer takes the new binaries.",
            "sync",
            Role.OPERATOR,
            Run.objects.filter(kind=RunKind.SYNC, state=RunState.SUCCEEDED).exists(),
        ),
    )
