"""People and their roles. Every permission that counts comes from one of three groups."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from pbins.roles import PERMISSION, Role
from pbins.services.errors import Refused


def role_of(user: AbstractBaseUser | AnonymousUser) -> Role | None:
    """The highest role; None for strangers, and for people whom nobody has given one yet."""
    if not isinstance(user, User):
        return None
    return next((role for role in reversed(Role) if user.has_perm(PERMISSION[role])), None)


def may(user: AbstractBaseUser | AnonymousUser, role: Role) -> bool:
    """Whether somebody may do what that role may."""
    ranks = list(Role)
    held = role_of(user)
    return held is not None and ranks.index(held) >= ranks.index(role)


def asked_for(asked_by: User | None) -> str:
    """By whom it was, as commits and records say it."""
    return f"Asked for by {asked_by}." if asked_by else "Asked for from the command line."


@transaction.atomic
def add_person(*, name: str, role: Role, password: str) -> User:
    """Raises Refused for a name that is taken, ValidationError for what can't be one."""
    if User.objects.filter(username__iexact=name).exists():
        raise Refused(f"There is a user {name} already.")
    user = User(username=name)
    validate_password(password, user)
    user.set_password(password)
    user.full_clean()
    user.save()
    give_role(user, role)
    return user


@transaction.atomic
def give_role(user: User, role: Role) -> None:
    """Instead of the one held. Raises Refused when nobody would be left to administer."""
    if role is not Role.ADMINISTRATOR:
        _check_somebody_else_administers(user)
    user.groups.remove(*Group.objects.filter(name__in=list(Role)))
    user.groups.add(Group.objects.get(name=role))
    user.is_staff = role is Role.ADMINISTRATOR
    user.is_superuser = user.is_superuser and role is Role.ADMINISTRATOR
    user.save(update_fields=("is_staff", "is_superuser"))


def set_password(user: User, password: str) -> None:
    """Raises ValidationError for one that is too weak."""
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=("password",))


def _check_somebody_else_administers(user: User) -> None:
    others = User.objects.filter(is_active=True).exclude(pk=user.pk).prefetch_related("groups")
    if role_of(user) is Role.ADMINISTRATOR and not any(
        role_of(other) is Role.ADMINISTRATOR for other in others
    ):
        raise Refused(f"{user} is the only administrator; make another one first.")
