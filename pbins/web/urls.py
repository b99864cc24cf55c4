"""The addresses of the portal's pages; those that anybody may read are in urls_public."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from pbins.web import (
    accounts,
    builds,
    dashboard,
    hosts,
    repositories,
    run_confirmations,
    run_files,
    run_graph,
    run_log,
    run_page,
    runs,
    sets,
    syncs,
)

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("live", dashboard.dashboard_live, name="dashboard_live"),
    path("login/", accounts.PortalLogin.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("setup/", accounts.setup, name="setup"),
    path("hosts/", hosts.host_list, name="hosts"),
    path("hosts/<str:name>/", hosts.host_page, name="host_page"),
    path("hosts/<str:name>/trust", hosts.host_trust, name="host_trust"),
    path("hosts/<str:name>/probe", hosts.host_probe, name="host_probe"),
    path("hosts/<str:name>/provision", hosts.host_provision, name="host_provision"),
    path("repositories/", repositories.repository_list, name="repositories"),
    path("repositories/<str:name>/", repositories.repository_page, name="repository_page"),
    path("repositories/<str:name>/build/", builds.build_form, name="build_form"),
    path("repositories/<str:name>/sync/", syncs.sync_form, name="sync_form"),
    path(
        "repositories/<str:name>/publications/",
        repositories.publication_list,
        name="publications",
    ),
    path("publications/<int:pk>/", repositories.publication_page, name="publication_page"),
    path("build/", repositories.first_repository, {"url_name": "build_form"}, name="build"),
    path("sync/", repositories.first_repository, {"url_name": "sync_form"}, name="sync"),
    path("sets/", sets.set_list, name="sets"),
    path("new-set/", sets.set_new, name="set_new"),
    path("sets/<str:name>/", sets.set_page, name="set_page"),
    path("sets/<str:name>/edit/", sets.set_edit, name="set_edit"),
    path("sets/<str:name>/delete", sets.set_delete, name="set_delete"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/<int:pk>/", run_page.run_page, name="run_page"),
    path("runs/<int:pk>/live", run_page.run_live, name="run_live"),
    path("runs/<int:pk>.json", run_page.run_json, name="run_json"),
    path("runs/<int:pk>/log", run_log.run_log, name="run_log"),
    path("runs/<int:pk>/log/search", run_log.run_log_search, name="run_log_search"),
    path("runs/<int:pk>/log.txt", run_files.run_log_file, name="run_log_file"),
    path("runs/<int:pk>/cancel", runs.run_cancel, name="run_cancel"),
    path("runs/<int:pk>/retry", runs.run_retry, name="run_retry"),
    path("runs/<int:pk>/build", runs.run_build, name="run_build"),
    path("runs/<int:pk>/graph", run_graph.run_graph, name="run_graph"),
    path("runs/<int:pk>/confirmations", run_confirmations.run_decide_all, name="run_decide_all"),
    path(
        "runs/<int:pk>/confirmations/<int:asked>", run_confirmations.run_decide, name="run_decide"
    ),
    path(
        "runs/<int:pk>/confirmations/<int:asked>/answer",
        run_confirmations.run_answer,
        name="run_answer",
    ),
    path("rollouts/", syncs.rollout_list, name="rollouts"),
    path("rollouts/<int:pk>/", syncs.rollout_page, name="rollout_page"),
    path("rollouts/<int:pk>/live", syncs.rollout_live, name="rollout_live"),
    path("", include("pbins.web.urls_public")),
]
