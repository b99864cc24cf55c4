"""The log of a run, for the page that follows it and as a file."""

from collections.abc import Iterator

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404

from pbins.models import Run
from pbins.services.logs import log_size, read_log
from pbins.web.access import PortalRequest, readers
from pbins.web.terminal import render_line, render_lines

CHUNK = 256 * 1024


@readers
def run_log(request: PortalRequest, pk: int) -> HttpResponse:
    """The lines from a byte offset on: ``{offset, size, is_over, html, partial}``.

    ``?offset=N``: from byte N on, which is where the last answer said to go on; a negative N is
    counted from the end. ``html`` holds whole lines only. ``partial`` is a last line that has no
    end yet, such as a progress bar; it comes again, longer, with the next answer.
    """
    run = get_object_or_404(Run, pk=pk)
    is_over = run.is_final  # asked before the size: nothing is written after the end
    size = log_size(run)
    offset = _offset(request.GET.get("offset", "0"), size)
    start = _line_start(run, offset) if offset > 0 and "align" in request.GET else offset
    whole, rest = _split(read_log(run, start, CHUNK), at_end=is_over)
    return JsonResponse(
        {
            "start": start,
            "offset": start + len(whole),
            "size": size,
            "is_over": is_over,
            "html": render_lines(_text(whole.removesuffix(b"\n"))) if whole else "",
            "partial": render_line(_text(rest)),
        }
    )


@readers
def run_log_file(request: PortalRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """All bytes, as the host wrote them; the browser is told never to show them as a page."""
    run = get_object_or_404(Run, pk=pk)
    response = StreamingHttpResponse(_chunks(run), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="run-{run.pk}.log"'
    return response


def _offset(text: str, size: int) -> int:
    try:
        offset = int(text[:20])
    except ValueError:
        offset = 0
    return max(0, size + offset) if offset < 0 else min(offset, size)


def _line_start(run: Run, offset: int) -> int:
    """The beginning of the first line after ``offset``; ``offset`` itself in a very long line."""
    before = read_log(run, offset - 1, CHUNK)
    end = before.find(b"\n")
    return offset + end if end >= 0 else offset


def _split(content: bytes, *, at_end: bool) -> tuple[bytes, bytes]:
    """Whole lines, and what follows them; a line longer than a chunk counts as several."""
    cut = content.rfind(b"\n") + 1
    if cut == 0 and len(content) == CHUNK:
        cut = _between_characters(content)
    if at_end and len(content) < CHUNK:
        cut = len(content)
    return content[:cut], content[cut:]


def _between_characters(content: bytes) -> int:
    """The last place where no character of UTF-8 is torn."""
    cut = len(content)
    while cut > len(content) - 4 and content[cut - 1] & 0xC0 == 0x80:
        cut -= 1
    return cut - 1 if content[cut - 1] >= 0xC0 else cut


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")


def _chunks(run: Run) -> Iterator[bytes]:
    offset = 0
    while content := read_log(run, offset, CHUNK):
        offset += len(content)
        yield content
