"""The tree of a channel as one tarball, for `sync = tar+http://…` (FACTS 7).

As for git, no row is read and no session touched.
"""

import os
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName
from pbins.services.places import places
from pbins.storage.errors import StorageError
from pbins.storage.git import GitRepository
from pbins.storage.git_archive import open_archive
from pbins.web.binary_access import for_git


@require_safe
@for_git
def archive(request: HttpRequest, repository: str, channel: str) -> HttpResponseBase:
    """The whole of it: 200, 304, 404, or 503 when git or the disk fails."""
    try:
        name = RepositoryName(repository)
        found = open_archive(GitRepository(places().git(name)), channel, places().trees(name))
    except (ParseError, ValueError):
        found = None
    except StorageError as error:
        return HttpResponse(f"{error}\n", status=503, content_type="text/plain")
    if found is None:
        return HttpResponse("There is no such channel.\n", status=404, content_type="text/plain")
    etag = f'"{Path(found.name).name}"'
    size = str(os.fstat(found.fileno()).st_size)
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None and request.method == "HEAD":
        response = HttpResponse(content_type="application/gzip", headers={"Content-Length": size})
    if response is None:
        response = FileResponse(found, content_type="application/gzip")
    else:
        found.close()
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"
    return response
