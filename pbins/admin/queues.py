"""The dashboard of the queues and workers, as django-rq brings it."""

from django.http import HttpRequest
from django_rq.admin import QueueAdmin


class QueuesAdmin(QueueAdmin):
    """For all staff: what stands on a queue is only the number of a run, which is a row anyway."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
