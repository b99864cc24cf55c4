"""A web server of somebody else, with the habits of such servers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class WebServer:
    """``files`` by path. It knows ranges or not, hangs up after so many bytes once, or leads on."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    knows_ranges: bool = True
    cut_after: list[int] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[WebServer]:
    told = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

        def _answer(self, *, with_body: bool) -> None:
            wanted = self.headers.get("Range", "")
            told.asked.append((self.command, self.path, wanted))
            if self.path in told.redirects:
                self.send_response(302)
                self.send_header("Location", told.redirects[self.path])
                self.end_headers()
                return
            content = told.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            offset = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            if not told.knows_ranges:
                offset = 0
            self.send_response(206 if offset else 200)
            self.send_header("Content-Length", str(len(content) - offset))
            self.end_headers()
            if with_body:
                rest = content[offset:]
                self.wfile.write(rest[: told.cut_after.pop(0)] if told.cut_after else rest)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
