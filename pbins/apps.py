from django.apps import AppConfig
from django.db.models.signals import post_migrate

from pbins.roles import make_roles


class PbinsConfig(AppConfig):
    name = "pbins"
    verbose_name = "Binary packages"

    def ready(self) -> None:
        # Permissions exist only when migrate has ended, so no migration can give them to groups.
        post_migrate.connect(make_roles, sender=self)
