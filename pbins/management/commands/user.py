"""``manage.py user``: people, what they may do, and letting somebody in again."""

import sys
from argparse import Namespace
from getpass import getpass

from django.contrib.auth.models import User
from django.core.management.base import CommandParser
from django.utils.crypto import get_random_string

from pbins.api.shapes import Shape
from pbins.management.door import DoorCommand, Outcome, add_act
from pbins.management.finding import user_named
from pbins.roles import MEANING, Role
from pbins.services.doors import open_again
from pbins.services.people import add_person, give_role, role_of, set_password

PASSWORD_LENGTH = 20
ROLES = "; ".join(f"{role}: {meaning}" for role, meaning in MEANING.items())


class Command(DoorCommand):
    help = "People: add, list, role, password, unlock."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        add = verbs.add_parser("add", help="let somebody in", epilog=ROLES)
        add.add_argument("name", metavar="NAME")
        add.add_argument("--role", choices=list(Role), default=Role.VIEWER)
        _add_password(add)
        add_act(add, self.add)
        add_act(verbs.add_parser("list", help="list everybody with their roles"), self.list_all)
        role = verbs.add_parser("role", help="give somebody another role", epilog=ROLES)
        role.add_argument("name", metavar="NAME")
        role.add_argument("role", choices=list(Role), metavar="ROLE")
        add_act(role, self.role)
        password = verbs.add_parser("password", help="give somebody a new password")
        password.add_argument("name", metavar="NAME")
        _add_password(password)
        add_act(password, self.password)
        unlock = verbs.add_parser("unlock", help="let somebody try again at once")
        unlock.add_argument("name", metavar="NAME")
        add_act(unlock, self.unlock)

    def add(self, chosen: Namespace) -> Outcome:
        password, is_made = _password(chosen)
        user = add_person(name=chosen.name, role=Role(chosen.role), password=password)
        lines = [f"{user.username} is added as {chosen.role}", *_told(password, is_made)]
        self.answer(chosen, user_shape(user) | _shown(password, is_made), lines)
        return Outcome.WORKED

    def list_all(self, chosen: Namespace) -> Outcome:
        people = User.objects.order_by("username").prefetch_related("groups")
        shapes = [user_shape(user) for user in people]
        lines = [
            f"{user['name']:<20} {user['role'] or 'no role':<14} {_last(user)}" for user in shapes
        ]
        self.answer(chosen, shapes, lines or ["Nobody can log in yet."])
        return Outcome.WORKED

    def role(self, chosen: Namespace) -> Outcome:
        user = user_named(chosen.name)
        give_role(user, Role(chosen.role))
        user = user_named(chosen.name)  # what a user may is kept with the row that was read
        self.answer(chosen, user_shape(user), [f"{user.username} is {chosen.role} now"])
        return Outcome.WORKED

    def password(self, chosen: Namespace) -> Outcome:
        user = user_named(chosen.name)
        password, is_made = _password(chosen)
        set_password(user, password)
        lines = [f"{user.username} has a new password", *_told(password, is_made)]
        self.answer(chosen, user_shape(user) | _shown(password, is_made), lines)
        return Outcome.WORKED

    def unlock(self, chosen: Namespace) -> Outcome:
        user = user_named(chosen.name)
        open_again(user.username)
        self.answer(chosen, user_shape(user), [f"{user.username} may try to log in at once"])
        return Outcome.WORKED


def user_shape(user: User) -> Shape:
    return {
        "name": user.username,
        "role": role_of(user),
        "active": user.is_active,
        "last_login": user.last_login,
    }


def _add_password(parser: CommandParser) -> None:
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument(
        "--generate", action="store_true", help="make a password, and print it this once"
    )
    ways.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )


def _password(chosen: Namespace) -> tuple[str, bool]:
    """The password, and whether it was made here and has to be told."""
    if chosen.generate:
        return get_random_string(PASSWORD_LENGTH), True
    if chosen.password_stdin:
        return sys.stdin.readline().rstrip("\n"), False
    return getpass(f"Password for {chosen.name}: "), False


def _told(password: str, is_made: bool) -> list[str]:
    return [f"password: {password}"] if is_made else []


def _shown(password: str, is_made: bool) -> Shape:
    return {"password": password} if is_made else {}


def _last(user: Shape) -> str:
    locked = "" if user["active"] else "locked out, "
    at = user["last_login"]
    return f"{locked}last here {at:%Y-%m-%d %H:%M}" if at else f"{locked}never here"
