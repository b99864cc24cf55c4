"""A version as JSON: everything that its page shows; and two of them side by side."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from pbins.api.access import visitors
from pbins.api.answers import answer
from pbins.api.comparison_shapes import comparison_shape
from pbins.api.shapes import change_shape, entry_shape
from pbins.api.version_shapes import version_shape
from pbins.models import Channel
from pbins.paludis.errors import ParseError
from pbins.paludis.versions import Version
from pbins.services.browsing import entry_at, ledger_of_version
from pbins.services.gone import channel_ever_at, gone_from
from pbins.services.pbin_comparing import compare, find_pair
from pbins.web.json_errors import json_error


@visitors
def version(
    request: HttpRequest, repository: str, channel: str, category: str, package: str, version: str
) -> HttpResponse:
    """410 with its history, and where it is ``elsewhere`` now, once it was removed."""
    holder = channel_ever_at(repository, channel)
    try:
        parsed = Version(version)
    except ParseError as error:
        return json_error(error.reason, 404)
    if holder is None:
        return json_error(f"There is no channel {repository}/{channel}.", 404)
    entry = entry_at(holder, category, package, parsed)
    if entry is None:
        return _gone(holder, category, package, parsed)
    history = ledger_of_version(holder, f"{category}/{package}", parsed)
    return answer(request, version_shape(entry, history))


@visitors
def comparison(request: HttpRequest) -> HttpResponse:
    """``?before=`` and ``?after=``: the numbers of two pbins of one package."""
    pair = find_pair(request.GET.get("before", ""), request.GET.get("after", ""))
    if pair is None:
        error = "There are no two such versions of one package: ?before=NUMBER&after=NUMBER."
        return json_error(error, 404)
    try:
        return answer(request, comparison_shape(compare(*pair)))
    except ParseError as error:
        return json_error(f"They can't be compared: {error}", 422)


def _gone(channel: Channel, category: str, package: str, version: Version) -> JsonResponse:
    gone = gone_from(channel, category, package, version)
    if gone is None:
        return json_error(f"There is no {category}/{package}-{version}.", 404)
    shape = {
        "error": "It was removed.",
        "history": [change_shape(one) for one in gone.changes],
        "elsewhere": [entry_shape(one) for one in gone.elsewhere],
    }
    return JsonResponse(shape, status=410)
