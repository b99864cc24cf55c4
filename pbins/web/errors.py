"""Error pages. Each says what to do next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "pbins/error_403.html", {"detail": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "pbins/error_404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: what failed may be what its context needs."""
    return HttpResponse(render_to_string("pbins/error_500.html"), status=500)
