"""Tarballs over HTTP: for cave's wget on a host, and a listing for people.

To serve a tarball no row is read and no session touched: hosts can install while the database is
busy, locked or away.
"""

from dataclasses import dataclass
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_safe

from pbins.models import Repository
from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName
from pbins.services.downloads import note_download
from pbins.services.places import places
from pbins.storage.distfiles import Distfiles
from pbins.storage.errors import UnsafePath
from pbins.web.binary_access import for_distfiles
from pbins.web.distfiles_range import Part, PartOfFile, UnsatisfiableError, read_range
from pbins.web.paging import page_of

FOREVER = "public, max-age=31536000, immutable"
"""A tarball's name is never given twice (FACTS 2.1)."""

PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Found:
    """A tarball on our disk; ``modified`` in seconds since 1970."""

    path: Path
    size: int
    modified: int
    etag: str

    def note(self) -> None:
        """It was fetched."""
        note_download(self.path.parent.name, self.path.name)

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Accept-Ranges": "bytes",
            "Cache-Control": FOREVER,
            "ETag": self.etag,
            "Last-Modified": http_date(self.modified),
        }


@require_safe
@for_distfiles
def tarball(request: HttpRequest, repository: str, name: str) -> HttpResponseBase:
    """The whole tarball or the part asked for: 200, 206, 304, 412, 416, or 404."""
    try:
        found = _find(repository, name)
        response = _answer(request, found)
    except (ParseError, UnsafePath, FileNotFoundError):
        return HttpResponse("There is no such tarball.\n", status=404, content_type="text/plain")
    for header, value in found.headers.items():
        response.headers[header] = value
    return response


@require_safe
@for_distfiles
def listing(request: HttpRequest, repository: str) -> HttpResponse:
    """The tarballs of a repository, by name."""
    owner = get_object_or_404(Repository, name=repository)
    tarballs = owner.tarballs.filter(is_present=True).order_by("name")
    wanted = request.GET.get("q", "").strip()
    if wanted:
        tarballs = tarballs.filter(name__icontains=wanted)
    told = tarballs.only("repository", "name", "size", "sha256", "received_at")
    page = page_of(request, told, PER_PAGE)
    context = {"repository": owner, "page": page, "wanted": wanted}
    return render(request, "pbins/catalogue_distfiles.html", context)


def _find(repository: str, name: str) -> Found:
    distfiles = Distfiles(places().distfiles(RepositoryName(repository)))
    if not distfiles.has(name):
        raise FileNotFoundError(name)
    path = distfiles.path(name)
    status = path.stat()
    etag = f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
    return Found(path, status.st_size, int(status.st_mtime), etag)


def _answer(request: HttpRequest, found: Found) -> HttpResponseBase:
    known = get_conditional_response(request, etag=found.etag, last_modified=found.modified)
    if known is not None:
        return known
    try:
        part = read_range(_range_header(request, found), found.size)
    except UnsatisfiableError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{found.size}"})
    if part is None:
        return _send(request, found, Part(0, found.size), status=200)
    response = _send(request, found, part, status=206)
    response.headers["Content-Range"] = part.content_range(found.size)
    return response


def _range_header(request: HttpRequest, found: Found) -> str:
    """The Range header where it counts: for GET, and for the file that the client has a part of."""
    condition = request.headers.get("If-Range", found.etag)
    same = condition == found.etag or parse_http_date_safe(condition) == found.modified
    return request.headers.get("Range", "") if request.method == "GET" and same else ""


def _send(request: HttpRequest, found: Found, part: Part, *, status: int) -> HttpResponseBase:
    is_tarball = found.path.suffix == ".bz2"
    content_type = "application/x-bzip2" if is_tarball else "application/octet-stream"
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(content_type=content_type, status=status)
    else:
        is_whole = status == 200
        file = PartOfFile(found.path.open("rb"), part, found.note if is_whole else None)
        response = FileResponse(file, content_type=content_type, status=status)
    response.headers["Content-Length"] = str(part.length)
    return response
