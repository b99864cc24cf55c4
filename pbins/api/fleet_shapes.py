"""Hosts, repositories and package sets as JSON, for programs and for --json."""

from pbins.api.shapes import Shape
from pbins.models import Host, PackageSet, Repository
from pbins.services.hosts import trusted_fingerprint


def host_shape(host: Host) -> Shape:
    return {
        "name": host.name,
        "address": host.address,
        "port": host.port,
        "user": host.user,
        "credential": host.credential.name,
        "builder": host.is_builder,
        "consumer": host.is_consumer,
        "tags": [tag.name for tag in host.tags.all()],
        "prefix": host.prefix,
        "drained": host.drained,
        "state": host.state,
        "reason": host.state_reason,
        "fingerprint": trusted_fingerprint(host),
        "cave_version": host.cave_version,
        "repositories": host.repositories_found,
        "probed_at": host.probed_at,
    }


def repository_shape(repository: Repository) -> Shape:
    return {
        "name": repository.name,
        "masters": repository.master_names,
        "platforms": repository.platforms.split(),
        "builders": [host.name for host in repository.builders.all()],
        "location": repository.location,
        "distdir": repository.distdir,
        "allowed_beforehand": repository.allowed_beforehand,
        "channels": [
            {"name": channel.name, "commit": channel.commit, "moved_at": channel.moved_at}
            for channel in repository.channels.all()
        ],
    }


def package_set_shape(package_set: PackageSet) -> Shape:
    return {
        "name": package_set.name,
        "description": package_set.description,
        "specs": package_set.spec_list,
    }
