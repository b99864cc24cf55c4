"""Commits signed with the portal's own SSH key, for whoever fetches to check."""

import logging
from collections.abc import Callable

from pbins.services.credentials import open_private_key, portal_credential
from pbins.services.errors import Refused
from pbins.transport.errors import BadKey
from pbins.transport.signatures import sign

NAMESPACE = "git"
ADDRESS = "portal@localhost"
AUTHOR = f"pbins portal <{ADDRESS}>"

_log = logging.getLogger(__name__)


def commit_signer() -> Callable[[bytes], str] | None:
    """What signs a commit; None, with a warning, when the portal's key can't be opened."""
    try:
        private_key = open_private_key(portal_credential())
    except (Refused, BadKey) as error:
        _log.warning("Commits are not signed: %s", error)
        return None
    return lambda content: sign(private_key, content, namespace=NAMESPACE)


def allowed_signers() -> str:
    """The file that git's gpg.ssh.allowedSignersFile names, to check our commits with."""
    kind, key, *_ = portal_credential().public_key.split()
    return f'{ADDRESS} namespaces="{NAMESPACE}" {kind} {key}\n'
