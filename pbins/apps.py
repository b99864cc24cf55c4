from django.apps import AppConfig


class PbinsConfig(AppConfig):
    name = "pbins"
    verbose_name = "Binary packages"
