"""What a service refuses after a form was found right."""

from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from pbins.admin.generic import ModelAdmin
from pbins.services.errors import Refused

Row = TypeVar("Row", bound=Model)


class RefusingAdmin(ModelAdmin[Row]):
    """What the form could not see is told on the page; nothing was stored then."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(request.get_full_path())
