"""The log of a run for the page that shows it: pieces by byte offset, and searching."""

from functools import partial

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from pbins.models import Run
from pbins.services.log_search import Found, search_backward, search_forward
from pbins.services.logs import is_log_removed, log_size, read_log
from pbins.web.access import PortalRequest, readers
from pbins.web.log_pieces import last_lines, whole_lines
from pbins.web.terminal import render_line, render_lines

CHUNK = 256 * 1024
EARLIER = 64 * 1024  # scrolling back, a screen or two must be there at once
MOST_HITS = 100


@readers
def run_log(request: PortalRequest, pk: int) -> HttpResponse:
    """Lines around a byte offset: ``{start, offset, size, is_over, is_removed, html, partial}``.

    ``?offset=N``: from byte N on, which is where the last answer said to go on; a negative N is
    counted from the end, and with ``align`` the first whole line after it is meant. ``?before=N``:
    the lines that end at byte N. ``html`` holds whole lines only. ``partial`` is a last line that
    has no end yet, such as a progress bar; it comes again, longer, with the next answer.
    """
    run = get_object_or_404(Run, pk=pk)
    is_over = run.is_final  # asked before the size: nothing is written after the end
    size = log_size(run)
    if "before" in request.GET:
        start, whole = _before(run, _offset(request.GET["before"], size))
        rest = b""
    else:
        offset = _offset(request.GET.get("offset", "0"), size)
        start = _line_start(run, offset) if offset > 0 and "align" in request.GET else offset
        whole, rest = whole_lines(read_log(run, start, CHUNK), limit=CHUNK, at_end=is_over)
    return JsonResponse(
        {
            "start": start,
            "offset": start + len(whole),
            "size": size,
            "is_over": is_over,
            "is_removed": is_log_removed(run),
            "html": render_lines(_text(whole.removesuffix(b"\n"))) if whole else "",
            "partial": render_line(_text(rest)),
        }
    )


@readers
def run_log_search(request: PortalRequest, pk: int) -> HttpResponse:
    """Lines that hold a text: ``{size, hits: [{offset, line}], goes_on}``.

    ``?q=TEXT`` searches from the beginning, ``&from=N`` from the line at byte N, ``&after=N`` from
    the one behind it, ``&before=N`` back from it; ``&most=N`` hits at most. ``goes_on`` is where to
    search on (``from`` or ``before``), or null when the rest of the log was searched.
    """
    run = get_object_or_404(Run, pk=pk)
    size = log_size(run)
    text, most = request.GET.get("q", "").strip("\r\n"), _most(request.GET.get("most", ""))
    read = partial(read_log, run)
    if not text:
        found = Found((), None)
    elif "before" in request.GET:
        found = search_backward(read, text, end=_offset(request.GET["before"], size), most=most)
    else:
        start = _offset(request.GET.get("from", "0"), size)
        if "after" in request.GET:
            start = _line_start(run, _offset(request.GET["after"], size) + 1)
        found = search_forward(read, text, start=start, end=size, most=most)
    hits = [{"offset": hit.offset, "line": hit.line} for hit in found.hits]
    return JsonResponse({"size": size, "hits": hits, "goes_on": found.goes_on})


def _before(run: Run, end: int) -> tuple[int, bytes]:
    start = max(0, end - EARLIER)
    content = read_log(run, start, end - start)
    whole = last_lines(content, is_begin=start == 0)
    return end - len(whole), whole


def _offset(text: str, size: int) -> int:
    try:
        offset = int(text[:20])
    except ValueError:
        offset = 0
    return max(0, size + offset) if offset < 0 else min(offset, size)


def _most(text: str) -> int:
    return min(max(int(text), 1), MOST_HITS) if text.isdecimal() and len(text) < 6 else MOST_HITS


def _line_start(run: Run, offset: int) -> int:
    """The beginning of the first line after ``offset``; ``offset`` itself in a very long line."""
    before = read_log(run, offset - 1, CHUNK)
    end = before.find(b"\n")
    return offset + end if end >= 0 else offset


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")
