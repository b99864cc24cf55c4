"""``manage.py channel``: what hosts follow: made, promoted to, rolled back, compared."""

from argparse import Namespace

from django.core.management.base import CommandParser

from pbins.management.channel_texts import (
    change_lines,
    change_shape,
    channel_line,
    channel_shape,
    move_lines,
    move_shape,
)
from pbins.management.door import DoorCommand, Outcome, add_act
from pbins.management.finding import channel_named, publication_numbered, repository_named
from pbins.management.policy_acts import (
    add_policy_options,
    policy_asked,
    policy_lines,
    policy_shape,
)
from pbins.models import DEFAULT_CHANNEL, Repository
from pbins.services.channels import create_channel, remove_channel
from pbins.services.differences import difference
from pbins.services.errors import Refused
from pbins.services.moves import Move, carry_out, followers_of, plan_promotion, plan_rollback
from pbins.services.states import commit_of
from pbins.storage.errors import StorageError


class Command(DoorCommand):
    help = "Channels of a repository: list, create, promote, rollback, policy, diff, remove."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        listing = _verb(verbs.add_parser("list", help="list the channels and who follows them"))
        add_act(listing, self.list_all)
        create = _verb(verbs.add_parser("create", help="begin a channel with what another serves"))
        create.add_argument("name", metavar="NAME")
        create.add_argument("--from", dest="source", default=DEFAULT_CHANNEL, metavar="CHANNEL")
        add_act(create, self.create)
        promote = _verb(verbs.add_parser("promote", help="give a channel what another serves"))
        promote.add_argument("source", metavar="FROM")
        promote.add_argument("target", metavar="TO")
        promote.add_argument(
            "specs",
            metavar="SPEC",
            nargs="*",
            help="only these packages and what they need; default: everything",
        )
        _add_dry_run(promote)
        add_act(promote, self.promote)
        rollback = _verb(verbs.add_parser("rollback", help="serve again what was served once"))
        rollback.add_argument("name", metavar="CHANNEL")
        rollback.add_argument("publication", metavar="PUBLICATION", type=int)
        _add_dry_run(rollback)
        add_act(rollback, self.rollback)
        diff = _verb(verbs.add_parser("diff", help="compare two channels or publications"))
        diff.add_argument("before", metavar="BEFORE", help="a channel, or a publication's number")
        diff.add_argument("after", metavar="AFTER")
        add_act(diff, self.diff)
        policy = _verb(verbs.add_parser("policy", help="who may move it, and when it moves alone"))
        add_policy_options(policy)
        add_act(policy, self.policy)
        remove = _verb(verbs.add_parser("remove", help="remove a channel that nobody follows"))
        remove.add_argument("name", metavar="NAME")
        add_act(remove, self.remove)

    def list_all(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.repository)
        channels = repository.channels.select_related("repository")
        shapes = [
            channel_shape(channel, (host.name for host in followers_of(channel)))
            for channel in channels
        ]
        self.answer(chosen, shapes, map(channel_line, shapes))
        return Outcome.WORKED

    def create(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.repository)
        source = channel_named(repository, chosen.source)
        made = create_channel(repository=repository, name=chosen.name, source=source, asked_by=None)
        lines = [
            f"{made.channel} begins with what {source.name} serves, publication {made.pk}",
            f"Then: manage.py repository provision {repository} --channel {chosen.name} --host …",
        ]
        self.answer(chosen, {"channel": channel_shape(made.channel, ())}, lines)
        return Outcome.WORKED

    def promote(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.repository)
        move = plan_promotion(
            source=channel_named(repository, chosen.source),
            target=channel_named(repository, chosen.target),
            specs=chosen.specs,
        )
        return self._move(chosen, move)

    def rollback(self, chosen: Namespace) -> Outcome:
        channel = channel_named(repository_named(chosen.repository), chosen.name)
        move = plan_rollback(channel=channel, publication=publication_numbered(chosen.publication))
        return self._move(chosen, move)

    def diff(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.repository)
        before, after = (_commit(repository, name) for name in (chosen.before, chosen.after))
        try:
            changes = difference(repository, before, after)
        except StorageError as error:
            raise Refused(f"They can't be compared: {error}.") from error
        shape = {"before": before, "after": after, "changes": list(map(change_shape, changes))}
        self.answer(chosen, shape, list(change_lines(changes)) or ["They serve the same versions."])
        return Outcome.WORKED

    def policy(self, chosen: Namespace) -> Outcome:
        channel = channel_named(repository_named(chosen.repository), chosen.name)
        policy = policy_asked(channel, chosen)
        shape = policy_shape(policy)
        self.answer(chosen, shape, policy_lines(policy, shape))
        return Outcome.WORKED

    def remove(self, chosen: Namespace) -> Outcome:
        channel = channel_named(repository_named(chosen.repository), chosen.name)
        remove_channel(channel=channel)
        self.answer(chosen, {"removed": chosen.name}, [f"{channel} is removed"])
        return Outcome.WORKED

    def _move(self, chosen: Namespace, move: Move) -> Outcome:
        publication = None if chosen.dry_run else carry_out(move, asked_by=None)
        self.answer(chosen, move_shape(move, publication), move_lines(move, publication))
        return Outcome.WORKED


def _verb(parser: CommandParser) -> CommandParser:
    parser.add_argument("repository", metavar="REPOSITORY")
    return parser


def _add_dry_run(parser: CommandParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")


def _commit(repository: Repository, name: str) -> str:
    commit = commit_of(repository, name)
    if commit is None:
        raise Refused(f"{repository} has no channel and no publication {name}.")
    return commit
