"""Places elsewhere, as JSON and as lines for people; a secret is told as being there or not."""

from collections.abc import Iterator

from pbins.api.shapes import Shape
from pbins.models import Mirror, Remote
from pbins.models.outlet import Outlet
from pbins.services.mirrors import progress_of
from pbins.services.outlets import offered_by, trusted_of


def remote_shape(remote: Remote) -> Shape:
    return {
        "remote": remote.pk,
        "url": remote.url,
        "forced": remote.is_forced,
        "channels": remote.heads,
        **_state_shape(remote),
    }


def mirror_shape(mirror: Mirror) -> Shape:
    there, wanted = progress_of(mirror)
    return {
        "mirror": mirror.pk,
        "kind": mirror.kind,
        "target": mirror.target,
        "public_url": mirror.public_url,
        "tarballs": there,
        "wanted": wanted,
        "listed_in": [channel.name for channel in mirror.listed_in.all()],
        **_state_shape(mirror),
    }


def remote_lines(shape: Shape) -> Iterator[str]:
    yield f"{shape['remote']:>4}  {shape['url']}  {_in_a_word(shape)}"
    for channel, commit in shape["channels"].items():
        yield f"        {channel} at {commit[:12]}"
    yield from _trouble_lines(shape)


def mirror_lines(shape: Shape) -> Iterator[str]:
    yield f"{shape['mirror']:>4}  {shape['public_url']}  {_in_a_word(shape)}"
    listed = ", ".join(shape["listed_in"]) or "no channel"
    yield f"        {shape['tarballs']} of {shape['wanted']} tarballs; hosts know it in {listed}"
    yield f"        {shape['kind']} to {shape['target']}"
    yield from _trouble_lines(shape)


def _state_shape(outlet: Outlet) -> Shape:
    return {
        "enabled": outlet.is_enabled,
        "username": outlet.username,
        "has_secret": outlet.has_secret,
        "trusted_key": trusted_of(outlet),
        "offered_key": offered_by(outlet),
        "delivered_at": outlet.delivered_at,
        "failing_since": outlet.failing_since,
        "attempts": outlet.attempts,
        "next_attempt_at": outlet.next_attempt_at,
        "error": outlet.error,
    }


def _in_a_word(shape: Shape) -> str:
    if not shape["enabled"]:
        return "switched off"
    if shape["error"]:
        return f"failing, {shape['attempts']} attempts"
    return "all well" if shape["delivered_at"] else "not tried yet"


def _trouble_lines(shape: Shape) -> Iterator[str]:
    for line in shape["error"].splitlines():
        yield f"        {line}"
