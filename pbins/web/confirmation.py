"""What can't be taken back is asked once more: what it hits, and its count, which is typed."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render

from pbins.web.access import PortalRequest

OURS = {"csrfmiddlewaretoken", "shown", "count"}


@dataclass(frozen=True, slots=True)
class Asked:
    """An act that hits ``count`` things: ``of`` says which, as in "the number of hosts".

    ``back`` is the address of the page on which it was asked for.
    """

    act: str
    meaning: str
    count: int
    of: str
    back: str


def unless_confirmed(request: PortalRequest, asked: Asked) -> HttpResponse | None:
    """The page that asks; None once the count that it showed came back, and no more would be hit.

    What was posted is posted again with the count. Where nothing is hit there is none to type.
    """
    shown, typed = request.POST.get("shown", ""), request.POST.get("count", "").strip()
    if shown.isdecimal() and typed == shown and asked.count <= int(shown):
        return None
    if shown:
        messages.error(request, f"Type {asked.count}, {asked.of}. Nothing was changed.")
    kept = [(name, value) for name, value in request.POST.items() if name not in OURS]
    return render(request, "pbins/confirm.html", {"asked": asked, "kept": kept})
