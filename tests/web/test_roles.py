"""Who may use which address: every one that there is, by everybody that there can be.

A new address fails these tests until it stands in the table.
"""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter
from pytest_django import Settings

from pbins.roles import Role
from pbins.services.repositories import add_repository

STRANGER, NOBODY = "stranger", "somebody without a role"
PEOPLE = (STRANGER, NOBODY, *Role)

# What a door lets in, by method; "-" is a method that it does not know.
DOORS = {
    "everybody": ({*PEOPLE}, "-"),
    "everybody, by setting": ({*PEOPLE}, "-"),
    "everybody, both": ({*PEOPLE}, {*PEOPLE}),
    "own account": ({NOBODY, *Role}, {NOBODY, *Role}),
    "looking": ({*Role}, "-"),
    "looking, asked by POST": ("-", {*Role}),
    "form": ({Role.OPERATOR, Role.ADMINISTRATOR}, {Role.OPERATOR, Role.ADMINISTRATOR}),
    "action": ("-", {Role.OPERATOR, Role.ADMINISTRATOR}),
    "administrators' form": ({Role.ADMINISTRATOR}, {Role.ADMINISTRATOR}),
    "administrators' action": ("-", {Role.ADMINISTRATOR}),
    "looking, administrators' form": ({*Role}, {Role.ADMINISTRATOR}),
}
TABLE = {
    "everybody, by setting": """catalogue catalogue_choices suggestions lists list_page
        version_comparison package_page package_version version_page version_text version_files
        version_dependants catalogue_json lists_json list_json version_comparison_json package_json
        version_json sitemaps sitemap opensearch
        feeds feeds_json feed_everything feed_repository feed_channel feed_category feed_package
        feed_search""",
    "everybody": "robots distfiles distfiles_json tarball allowed_signers tree_archive",
    "everybody, both": "login logout setup git",
    "own account": "account",
    "looking, asked by POST": "token_renew token_revoke",
    "looking": """hosts_json host_json repositories_json repository_json publications_json
        comparison_json
        publication_json sets_json set_json runs_json run_json rollouts_json
        rollout_json dashboard dashboard_live dashboard_news hosts host_page repositories
        repository_page comparison elsewhere publications import_page import_live
        repository_health health_live publication_page build sync set_complete sets set_page
        set_history runs run_list_live run_search run_page run_live run_log
        run_log_search run_log_file run_file run_graph rollouts rollout_page
        rollout_live package_hosts feed_hosts feed_host_group feed_failures""",
    "form": """build_form sync_form channel_new channel_promote channel_rollback cleaning
        repository_imports set_new set_edit""",
    "administrators' form": "place_new place_edit",
    "administrators' action": "place_trust place_remove",
    "looking, administrators' form": "channel_policy",
    "action": """host_trust host_probe host_drain host_provision repository_provision
        cleaning_plan channel_remove place_visit repository_scrub set_check trash_restore
        pin_add pin_remove finding_repair version_allow version_take_again set_deploy set_delete
        run_cancel run_retry run_collect run_build run_decide_all run_decide run_answer
        rollout_go_on rollout_retry rollout_cancel builders_clean""",
}
# Their doors are those of the channel's policy, so there has to be one.
BY_POLICY = {"channel_promote", "channel_rollback", "channel_policy"}
DOOR_OF = {name: door for door, names in TABLE.items() for name in names.split()}


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    """Every address but those of the administration."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        elif pattern.namespace != "admin":
            yield from patterns(pattern)


PATTERNS = {str(pattern.name): pattern for pattern in patterns(get_resolver())}


def path_of(name: str) -> str:
    """An address of this name, of whatever: who may come in is settled before what is there."""
    pattern = PATTERNS[name].pattern
    values: dict[str, object] = {
        key: 1 if isinstance(converter, IntConverter) else "pbins"
        for key, converter in pattern.converters.items()
    }
    known = {"form": "atom", "kind": "remote", "number": 1, "channel": "master"}
    values |= {key: value for key, value in known.items() if key in values}
    if name == "sitemap":
        values = {"kind": "versions", "number": 0}
    return reverse(name, kwargs=values)


@pytest.fixture
def clients(db: None) -> dict[str, Client]:
    """A browser of everybody."""
    found = {STRANGER: Client(raise_request_exception=False)}
    for name in (NOBODY, *Role):
        user = User.objects.create_user(name)
        user.groups.set(Group.objects.filter(name=name))
        found[name] = Client(raise_request_exception=False)
        found[name].force_login(user)
    return found


def administration() -> Iterator[str]:
    """Every address of the administration, of whatever."""
    resolvers = (one for one in get_resolver().url_patterns if isinstance(one, URLResolver))
    (admin,) = (one for one in resolvers if one.namespace == "admin")
    for name, ways in admin.reverse_dict.lists():
        if isinstance(name, str) and name not in {"login", "logout"}:
            (path, keys), *_ = ways[0][0]
            yield f"/admin/{path % dict.fromkeys(keys, 1)}"


def is_let_in(client: Client, method: str, path: str) -> bool | str:
    response = getattr(client, method)(path)
    assert response.status_code < 500, (method, path)
    if response.status_code == 405:
        return "-"
    to_login = response.status_code == 302 and response.headers["Location"].startswith("/login/")
    return response.status_code not in {401, 403} and not to_login


def test_every_address_has_a_door() -> None:
    forgotten = sorted(PATTERNS.keys() - DOOR_OF.keys())
    assert not forgotten, f"say in the table who may use {', '.join(forgotten)}"
    assert not DOOR_OF.keys() - PATTERNS.keys()
    assert len(DOOR_OF) == sum(len(names.split()) for names in TABLE.values()), "named twice"


@pytest.mark.parametrize("name", sorted(set(DOOR_OF) - {"login", "logout", "setup"}))
def test_the_door_lets_in_whom_it_should(clients: dict[str, Client], name: str) -> None:
    path = path_of(name)
    if name in BY_POLICY:
        add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
    for method, allowed in zip(("get", "post"), DOORS[DOOR_OF[name]], strict=True):
        for who, client in clients.items():
            expected = "-" if allowed == "-" else who in allowed
            assert is_let_in(client, method, path) == expected, f"{method} {path} by {who}"


@pytest.mark.parametrize("name", TABLE["everybody, by setting"].split())
def test_what_is_private_by_setting_is_for_people_with_a_role(
    clients: dict[str, Client], settings: Settings, name: str
) -> None:
    settings.PBINS_PUBLIC_CATALOGUE = settings.PBINS_PUBLIC_FEEDS = False
    for who, client in clients.items():
        assert is_let_in(client, "get", path_of(name)) == (who in {*Role}), (name, who)


def test_the_administration_is_for_administrators(clients: dict[str, Client]) -> None:
    paths = sorted(set(administration()))
    assert len(paths) > 50
    for path in paths:
        for who in (STRANGER, Role.VIEWER, Role.OPERATOR):
            for method in ("get", "post"):
                response = getattr(clients[who], method)(path)
                assert response.status_code in {302, 403} or b"error" in response.content, (
                    f"{method} {path} by {who}"
                )
                if response.status_code == 302:
                    assert "/login/?next=" in response.headers["Location"]
    assert clients[Role.ADMINISTRATOR].get("/admin/auth/user/").status_code == 200
    assert clients[Role.ADMINISTRATOR].get("/admin/pbins/host/add/").status_code == 200
