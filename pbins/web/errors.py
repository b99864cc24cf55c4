"""Error pages. Each says what to do next; programs are told the same as JSON."""

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from pbins.roles import Role
from pbins.services.people import may
from pbins.services.renaming import renamed_path
from pbins.web.json_errors import is_for_programs, json_error, only_read
from pbins.web.token_access import reader_of

STALE = (
    "It was open for too long, or you have logged in anew since. Go back, load the page"
    " again, and send it once more. If that does not help, cookies are not kept: they must be"
    " allowed for this address, and it must be the one in PBINS_BASE_URL."
)
STRANGE_HOST = (
    "The portal does not answer at this address. An administrator can add it to"
    " PBINS_ALLOWED_HOSTS, or make it PBINS_BASE_URL."
)
ONLY_A_BUTTON = (
    "This address is behind a button and shows nothing by itself. Go back to the page that has it;"
    " when you had to log in first, what you asked for was not done."
)
NOT_UNDERSTOOD = (
    "The portal could not make sense of that. Go back, load the page again, and try anew."
)
NOTHING = "There is nothing at this address."
NOT_ALLOWED = "You may not do this. An administrator can give you the permission."
FAILED = (
    "This is a fault of the portal itself; what runs on hosts goes on. The portal's own log says"
    " what happened. Try again, or tell an administrator."
)
NOBODYS_WORDS = "matches the given query"  # of Django's own


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Rendered without the request: an address that is not ours is what may be wrong with it."""
    detail = STRANGE_HOST if isinstance(exception, DisallowedHost) else NOT_UNDERSTOOD
    return _plain(request, "Not understood", detail, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = str(exception or "") or NOT_ALLOWED
    if is_for_programs(request):
        return json_error(said, 403)
    return render(request, "pbins/error_403.html", {"detail": said}, status=403)


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the token that shows that it is ours; JSON has no forms."""
    if is_for_programs(request):
        return only_read()
    return render(request, "pbins/error_csrf.html", {"detail": STALE}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An old name of a host or a set leads who may see those to the new one."""
    renamed = _renamed(request)
    if renamed is not None:
        query = request.META["QUERY_STRING"]
        return redirect(f"{renamed}?{query}" if query else renamed)
    said = _said(exception)
    if is_for_programs(request):
        return json_error(said or NOTHING, 404)
    return render(request, "pbins/error_404.html", {"detail": said}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: what failed may be what its context needs."""
    return _plain(request, "The portal failed", FAILED, 500)


def explained(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: who opens the address of a button is told so, not shown an empty page."""

    def with_words(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_empty = isinstance(response, HttpResponse) and not response.content
        if response.status_code != 405 or not is_empty:
            return response
        if is_for_programs(request):
            return only_read()
        if not request.accepts("text/html"):
            return response
        page = render(request, "pbins/error_405.html", {"detail": ONLY_A_BUTTON}, status=405)
        page["Allow"] = response.headers["Allow"]
        return page

    return with_words


def _plain(request: HttpRequest, title: str, detail: str, status: int) -> HttpResponse:
    if is_for_programs(request):
        return json_error(detail, status)
    page = render_to_string("pbins/error_plain.html", {"title": title, "detail": detail})
    return HttpResponse(page, status=status)


def _renamed(request: HttpRequest) -> str | None:
    """Where it is now; strangers learn no names of hosts and sets."""
    if request.method not in {"GET", "HEAD"}:
        return None
    return renamed_path(request.path) if may(reader_of(request), Role.VIEWER) else None


def _said(exception: Exception | None) -> str:
    """What a page of ours says is missing; nothing where only Django has something to say."""
    if not isinstance(exception, Http404) or not exception.args:
        return ""
    words = exception.args[0]
    return words if isinstance(words, str) and NOBODYS_WORDS not in words else ""
