"""Deploying package sets on the consumers of a repository, and taking them back."""

from dataclasses import dataclass

from django.db.models import QuerySet

from pbins.models import Host, PackageSet, Repository, Rollout, SetDeployment
from pbins.paludis.sets import BUILT_IN
from pbins.services.errors import Refused
from pbins.services.queueing import Asker
from pbins.services.rollouts import queue_provisions
from pbins.services.set_files import digest_of, text_of


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a deployed set has come: hosts that have it as it is now, older, or not at all."""

    deployment: SetDeployment
    current: tuple[Host, ...]
    older: tuple[Host, ...]
    without: tuple[Host, ...]

    @property
    def behind(self) -> int:
        return len(self.older) + len(self.without)


def deploy_set(*, package_set: PackageSet, repository: Repository, by: Asker) -> SetDeployment:
    """Say that the repository's consumers shall have the set; hosts get it when provisioned."""
    if package_set.name in BUILT_IN:
        raise Refused(
            f"“{package_set.name}” means something else to Paludis; give the set another name,"
            " then deploy it."
        )
    if not package_set.spec_list:
        raise Refused(f"The package set {package_set.name} is empty; add a package to it first.")
    deployment, _ = SetDeployment.objects.get_or_create(
        package_set=package_set, repository=repository, defaults={"by": by}
    )
    return deployment


def end_deployment(*, package_set: PackageSet, repository: Repository) -> None:
    """Say that they shall no longer have it; the file goes when they are provisioned."""
    ended, _ = SetDeployment.objects.filter(package_set=package_set, repository=repository).delete()
    if not ended:
        raise Refused(f"{package_set.name} is not deployed on consumers of {repository.name}.")


def queue_spreading(*, repository: Repository, by: Asker, dry_run: bool = False) -> Rollout:
    """Provision the hosts that follow the repository. Raises Refused when there is none."""
    hosts = list(followers(repository).filter(drained=False))
    if not hosts:
        raise Refused(
            f"No host follows {repository.name} yet; those that are provisioned for it will get"
            " the set then."
        )
    return queue_provisions(repository=repository, hosts=hosts, asked_by=by, dry_run=dry_run)


def spreads(package_set: PackageSet) -> list[Spread]:
    """For every repository with which the set is deployed, which hosts have it."""
    wanted = digest_of(text_of(package_set)) if package_set.spec_list else ""
    return [
        _spread(deployment, package_set.name, wanted)
        for deployment in package_set.deployments.select_related("repository", "by")
    ]


def followers(repository: Repository) -> QuerySet[Host]:
    followed = Host.objects.filter(subscriptions__channel__repository=repository)
    return followed.exclude(repositories=repository).distinct()


def _spread(deployment: SetDeployment, name: str, wanted: str) -> Spread:
    found_on = followers(deployment.repository).only("name", "sets_found")
    hosts = [(host, host.sets_found.get(name)) for host in found_on]
    return Spread(
        deployment=deployment,
        current=tuple(host for host, found in hosts if found == wanted),
        older=tuple(host for host, found in hosts if found not in (None, wanted)),
        without=tuple(host for host, found in hosts if found is None),
    )
