"""Repositories over HTTP for `cave sync`: anybody may fetch, nobody may push.

As for tarballs, no row is read and no session touched to fetch.
"""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName
from pbins.services.places import places
from pbins.services.signing import allowed_signers
from pbins.storage.errors import GitUnavailable
from pbins.storage.git import GitRepository
from pbins.storage.http_git import Body, GitRequest, serve
from pbins.web.binary_access import for_git


@csrf_exempt  # git sends no cookie, and nothing here changes anything
@for_git
def fetch(request: HttpRequest, repository: str, path: str) -> HttpResponseBase:
    """One request of git's HTTP protocol, smart or dumb; ``path`` is below the repository."""
    try:
        git = GitRepository(places().git(RepositoryName(repository)))
        answer = serve(git, _as_git_sees_it(request, path))
    except ParseError:
        return HttpResponse("There is no such repository.\n", status=404, content_type="text/plain")
    except GitUnavailable as error:
        return HttpResponse(f"{error}\n", status=503, content_type="text/plain")
    return StreamingHttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))


@require_safe
def signers(request: HttpRequest) -> HttpResponse:
    """The portal's public key as git's gpg.ssh.allowedSignersFile, for `git verify-commit`."""
    return HttpResponse(allowed_signers(), content_type="text/plain; charset=utf-8")


def _as_git_sees_it(request: HttpRequest, path: str) -> GitRequest:
    return GitRequest(
        method=request.method or "",
        path=f"/{path}",
        query=request.META.get("QUERY_STRING", ""),
        body=_body(request),
        content_type=request.META.get("CONTENT_TYPE", ""),
        content_encoding=request.headers.get("Content-Encoding", ""),
        protocol=request.headers.get("Git-Protocol", ""),
        remote_address=request.META.get("REMOTE_ADDR", ""),
    )


def _body(request: HttpRequest) -> Body:
    """Django takes a body without a Content-Length for empty; git sends long ones in chunks."""
    chunked = request.headers.get("Transfer-Encoding", "").lower() == "chunked"
    if chunked and request.META.get("wsgi.input_terminated"):
        chunks: Body = request.META["wsgi.input"]
        return chunks
    return request
