"""JSON as an answer, with an ETag: whoever has it already is told just that."""

import json
from hashlib import sha256
from typing import Any

from django.core.paginator import Page
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers

from pbins.api.paging import next_address

PER_PAGE = 200


def answer(request: HttpRequest, shape: object) -> HttpResponse:
    """200 with the JSON, or 304."""
    content = json.dumps(shape, cls=DjangoJSONEncoder, ensure_ascii=False)
    etag = f'"{sha256(content.encode()).hexdigest()[:32]}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(content, content_type="application/json")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ("Authorization", "Cookie"))  # some are told of hosts too
    return response


def listed(
    request: HttpRequest, page: Page[Any], name: str, shapes: list[Any], **of: object
) -> HttpResponse:
    """A page of a list: how many there are in all, and where the next page is.

    ``of`` is what they are the rows of.
    """
    where = {"count": page.paginator.count, "next": next_address(request, page)}
    return answer(request, {**of, **where, name: shapes})
