"""A version as JSON: everything that its page shows; and two of them side by side."""

from django.http import HttpRequest, JsonResponse

from pbins.api.access import visitors
from pbins.api.comparison_shapes import comparison_shape
from pbins.api.shapes import change_shape
from pbins.api.version_shapes import version_shape
from pbins.models import Channel
from pbins.paludis.errors import ParseError
from pbins.paludis.versions import Version
from pbins.services.browsing import entry_at, ledger_of_version
from pbins.services.pbin_comparing import compare, find_pair


@visitors
def version(
    request: HttpRequest, repository: str, channel: str, category: str, package: str, version: str
) -> JsonResponse:
    """410 with its history once it was removed."""
    found = Channel.objects.filter(repository__name=repository, name=channel)
    holder = found.select_related("repository").first()
    try:
        parsed = Version(version)
    except ParseError as error:
        return JsonResponse({"error": error.reason}, status=404)
    if holder is None:
        return JsonResponse({"error": f"There is no channel {repository}/{channel}."}, status=404)
    entry = entry_at(holder, category, package, parsed)
    history = ledger_of_version(holder, f"{category}/{package}", parsed)
    if entry is not None:
        return JsonResponse(version_shape(entry, history))
    if history:
        gone = {"error": "It was removed.", "history": [change_shape(one) for one in history]}
        return JsonResponse(gone, status=410)
    return JsonResponse({"error": f"There is no {category}/{package}-{version}."}, status=404)


@visitors
def comparison(request: HttpRequest) -> JsonResponse:
    """``?before=`` and ``?after=``: the numbers of two pbins of one package."""
    pair = find_pair(request.GET.get("before", ""), request.GET.get("after", ""))
    if pair is None:
        error = "There are no two such versions of one package: ?before=NUMBER&after=NUMBER."
        return JsonResponse({"error": error}, status=404)
    try:
        return JsonResponse(comparison_shape(compare(*pair)))
    except ParseError as error:
        return JsonResponse({"error": f"They can't be compared: {error}"}, status=422)
