"""``manage.py host``: add hosts, trust their keys, probe, drain and list them."""

from argparse import Namespace

from django.core.management.base import CommandParser
from django.db import transaction

from pbins.api.fleet_shapes import host_shape
from pbins.management.door import Outcome, add_act
from pbins.management.finding import host_named
from pbins.management.keys import credential_from
from pbins.management.waiting import RunCommand
from pbins.models import Host, HostState
from pbins.services.credentials import portal_credential
from pbins.services.hosts import add_host, drain_host, trust_host
from pbins.services.queueing import queue_probe


class Command(RunCommand):
    help = "Machines reached by SSH: add, trust, probe, drain, undrain, list."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        _add_arguments_of_add(verbs.add_parser("add", help="add a host"), self)
        trust = verbs.add_parser("trust", help="trust the key that a host offers")
        trust.add_argument("name", metavar="NAME")
        trust.add_argument(
            "fingerprint", metavar="FINGERPRINT", nargs="?", help="the offered key must have it"
        )
        add_act(trust, self.trust)
        probe = verbs.add_parser("probe", help="log in, look at its Paludis, and wait for that")
        probe.add_argument("name", metavar="NAME")
        add_act(probe, self.probe)
        for name, act, words in (
            ("drain", self.drain, "give it no new work; what runs on it goes on"),
            ("undrain", self.undrain, "give it work again"),
        ):
            verb = verbs.add_parser(name, help=words)
            verb.add_argument("name", metavar="NAME")
            add_act(verb, act)
        add_act(verbs.add_parser("list", help="list all hosts"), self.list_all)

    def add(self, chosen: Namespace) -> Outcome:
        with transaction.atomic():
            credential = (
                credential_from(chosen.key, name=chosen.name) if chosen.key else portal_credential()
            )
            host = add_host(
                name=chosen.name,
                address=chosen.address,
                port=chosen.port,
                user=chosen.user,
                credential=credential,
                is_builder=chosen.builder,
                is_consumer=chosen.consumer or not chosen.builder,
                tags=chosen.tag,
                prefix=chosen.prefix,
            )
        shape = {"host": host_shape(host), "public_key": credential.public_key}
        self.answer(chosen, shape, _next_steps(host, given_key=bool(chosen.key)))
        return Outcome.WORKED

    def trust(self, chosen: Namespace) -> Outcome:
        host = host_named(chosen.name)
        fingerprint = trust_host(host=host, fingerprint=chosen.fingerprint)
        shape = {"host": host.name, "fingerprint": fingerprint}
        self.answer(chosen, shape, [f"{host.name} is trusted with {fingerprint}"])
        return Outcome.WORKED

    def probe(self, chosen: Namespace) -> Outcome:
        host = host_named(chosen.name)
        run = queue_probe(host=host, asked_by=None)
        self.start(chosen, [run])
        outcome = self.follow(chosen, [run])
        host.refresh_from_db()
        self.report(chosen, [run], extra={"host": host_shape(host)}, lines=[_line(host)])
        return outcome

    def drain(self, chosen: Namespace) -> Outcome:
        return self._drain(chosen, drained=True)

    def undrain(self, chosen: Namespace) -> Outcome:
        return self._drain(chosen, drained=False)

    def _drain(self, chosen: Namespace, *, drained: bool) -> Outcome:
        host = host_named(chosen.name)
        changed = drain_host(host=host, drained=drained)
        state = "drained: it is given no new work" if drained else "given work"
        already = "" if changed else " already"
        self.answer(chosen, {"host": host_shape(host)}, [f"{host.name} is{already} {state}"])
        return Outcome.WORKED

    def list_all(self, chosen: Namespace) -> Outcome:
        hosts = Host.objects.select_related("credential").prefetch_related("tags")
        shapes = [host_shape(host) for host in hosts]
        self.answer(chosen, shapes, [_line(host) for host in hosts] or ["There are no hosts yet."])
        return Outcome.WORKED


def _add_arguments_of_add(parser: CommandParser, command: Command) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--address", required=True, help="host name or IP address")
    parser.add_argument("--port", type=int, default=22)
    parser.add_argument("--user", default="root", help="root, or one with sudo (default: root)")
    parser.add_argument(
        "--key", metavar="FILE", help="private key (- reads it); default: the portal's own"
    )
    parser.add_argument("--builder", action="store_true", help="it makes packages")
    parser.add_argument("--consumer", action="store_true", help="it installs them (the default)")
    parser.add_argument("--tag", action="append", default=[], metavar="T")
    parser.add_argument("--prefix", default="", metavar="DIR", help="where its Paludis lives")
    add_act(parser, command.add)


def _next_steps(host: Host, *, given_key: bool) -> list[str]:
    lines = [f"{host.name} is added as {host.roles}: {host.login}"]
    if not given_key:
        lines += [
            f"Let the portal in: append this line to ~{host.user}/.ssh/authorized_keys on it:",
            host.credential.public_key.strip(),
        ]
    lines.append(f"Then: manage.py host trust {host.name}; manage.py host probe {host.name}")
    return lines


def _line(host: Host) -> str:
    tags = " ".join(f"#{tag}" for tag in host.tags.all())
    drained = "drained, " if host.drained else ""
    reason = f": {host.state_reason}" if host.state_reason else ""
    state = HostState(host.state).label
    return f"{host.name:<20} {host.roles:<18} {host.login:<30} {drained}{state}{reason} {tags}"
