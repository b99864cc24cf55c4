"""Files of a run, byte by byte and never as a page: the whole log, what was kept of the host."""

import re
from collections.abc import Callable, Iterator
from functools import partial

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from pbins.models import Run, RunFile
from pbins.services.kept_files import kept_file
from pbins.services.logs import log_size, read_log
from pbins.web.access import PortalRequest, readers
from pbins.web.distfiles_range import Part, UnsatisfiableError, read_range

CHUNK = 256 * 1024
NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._+-]+")
Read = Callable[[int, int], bytes]


@readers
def run_log_file(request: PortalRequest, pk: int) -> HttpResponseBase:
    """All bytes that there are now, as the host wrote them, or the range that is asked for."""
    run = get_object_or_404(Run, pk=pk)
    return _sent(request, partial(read_log, run), log_size(run), f"run-{run.pk}.log")


@readers
def run_file(request: PortalRequest, pk: int, number: int) -> HttpResponseBase:
    """A file that was kept of the host; as plain text, since packages decide what is in it."""
    file = get_object_or_404(RunFile.objects.select_related("run"), run=pk, pk=number)
    content = kept_file(file).read()
    name = NOT_IN_A_NAME.sub("_", file.name)
    return _sent(request, lambda at, most: content[at : at + most], len(content), name)


def _sent(request: PortalRequest, read: Read, size: int, name: str) -> HttpResponseBase:
    try:
        part = read_range(request.headers.get("Range", ""), size)
    except UnsatisfiableError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    sent = part or Part(0, size)
    response = StreamingHttpResponse(
        _chunks(read, sent),
        status=200 if part is None else 206,
        content_type="text/plain; charset=utf-8",
    )
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Content-Length"] = str(sent.length)
    response["Accept-Ranges"] = "bytes"
    if part is not None:
        response["Content-Range"] = part.content_range(size)
    return response


def _chunks(read: Read, part: Part) -> Iterator[bytes]:
    position, end = part.start, part.start + part.length
    while position < end and (content := read(position, min(CHUNK, end - position))):
        position += len(content)
        yield content
