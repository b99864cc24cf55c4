"""Errors at the addresses that programs read: JSON too, and of one shape."""

from django.http import HttpRequest, JsonResponse

ENDINGS = ("/json", ".json")
ONLY_READ = "Nothing was done: this address is only read, with GET or HEAD."


def is_for_programs(request: HttpRequest) -> bool:
    """Whether what is at this address is JSON, and so an error there too."""
    return request.path.endswith(ENDINGS)


def json_error(words: str, status: int) -> JsonResponse:
    return JsonResponse({"error": words}, status=status)


def only_read() -> JsonResponse:
    """405: addresses of JSON have nothing that could be sent to them."""
    response = json_error(ONLY_READ, 405)
    response.headers["Allow"] = "GET, HEAD"
    return response
