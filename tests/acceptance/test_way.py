"""From nothing to an installed package, by the commands that an administrator types."""

from tests.acceptance.conftest import REPOSITORY, Site

SET = {
    "app-shells/conch": "4.2",
    "x11-libs/gtk+": "3.24.41",
    "sys-devel/gcc": "13.2.0_p20240601-r1",
    "app-arch/p7zip": "17.05",
}
DEPENDENCIES = {"sys-libs/inkwell": "6.4", "dev-libs/libsigc++": "2.10.8"}
INSTALLED = "/var/db/paludis/repositories/installed/data"
CLONE = f"/var/db/paludis/repositories/{REPOSITORY}"
BIG = "media-libs/daguerre"


def test_provisioning_wrote_what_paludis_needs_where_it_looks(site: Site) -> None:
    configuration = f"/etc/paludis/repositories/{REPOSITORY}.conf"
    builder = site.forge.path(configuration).read_text()
    assert "binary_destination = true\n" in builder
    assert "sync" not in builder
    distdir = f"/var/cache/paludis/distfiles/{REPOSITORY}"
    assert site.forge.sh('stat -c "%G %a" "$1"', distdir).split() == ["paludisbuild", "2775"]
    for host in (site.web1, site.web2):
        assert f"sync = git+{site.portal.url}/git/{REPOSITORY}.git\n" in (
            host.path(configuration).read_text()
        )
        assert host.sh("cave print-repositories").split() == ["arbor", "installed", REPOSITORY]
        assert host.sh("stat -c %a /etc/paludis/repositories").strip() == "755"


def test_a_set_is_built_published_and_installed_everywhere(site: Site) -> None:
    portal = site.portal
    portal.does("set", "add", "base", *SET)
    built = portal.manage("build", REPOSITORY, "--set", "base", "--wait", "--json")
    assert (built.exit, built.json["state"]) == (0, "succeeded"), built
    shown = portal.show(built.json["run"])
    assert {step["state"] for step in shown["steps"]} == {"succeeded"}
    assert [made["commit"] for made in shown["publications"]] == [site.head()]
    synced = portal.manage("sync", REPOSITORY, "--all", "--install", *SET, "--wait", "--json")
    assert synced.exit == 0, synced
    assert {run["state"] for run in synced.json["runs"]} == {"succeeded"}
    for host in (site.web1, site.web2):
        assert host.sh(f"git -C {CLONE} rev-parse HEAD").strip() == site.head()
        records = host.sh(f"cd {INSTALLED} && ls -d */*").split()
        found = {tuple(record.split(":")[0].split("/")) for record in records}
        assert found == {
            (name.replace("/", "---"), version) for name, version in (SET | DEPENDENCIES).items()
        }
        assert host.sh("conch") == "conch 4.2\n"
    logged = portal.manage("run", "log", str(shown["run"]))
    assert logged.exit == 0
    assert "Welcome" not in logged.out


def test_the_same_version_built_again_replaces_the_published_one(site: Site) -> None:
    before = site.head()
    for _ in range(2):
        assert site.portal.manage("build", REPOSITORY, "app-arch/p7zip", "--wait").exit == 0
        assert before != (before := site.head())
    tarballs = site.portal.directory / "distfiles" / REPOSITORY
    assert len(list(tarballs.glob(f"{REPOSITORY}--app-arch--p7zip-17.05--*.tar.bz2"))) >= 2


def test_megabytes_arrive_as_they_were_made(site: Site) -> None:
    portal = site.portal
    assert portal.manage("build", REPOSITORY, BIG, "--wait").exit == 0
    synced = portal.manage("sync", REPOSITORY, "--host", "web1", "--install", BIG, "--wait")
    assert synced.exit == 0, synced
    assert int(site.web1.sh("stat -c %s /usr/share/daguerre/daguerre.pack")) == 6291456


def test_what_fails_is_named_and_what_is_good_is_published(site: Site) -> None:
    before = site.head()
    said = site.portal.manage(
        *("build", REPOSITORY, "dev-util/broken", "app-shells/conch", "--wait", "--json")
    )
    assert (said.exit, said.json["state"]) == (1, "partial"), said
    assert "dev-util/broken-1" in said.json["reason"]
    assert site.head() != before
