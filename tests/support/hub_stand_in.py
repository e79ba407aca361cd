"""A stand-in for the Hugging Face Hub on this machine: repositories are folders, OWNER/NAME."""

import contextlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
RESOLVE = "/resolve/main/"


class _Repositories(SimpleHTTPRequestHandler):
    """Answers for /OWNER/NAME/resolve/main/FILE."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.replace(RESOLVE, "/"))

    def end_headers(self) -> None:
        file = Path(self.translate_path(self.path))
        if file.is_file():
            self.send_header("ETag", f'"{file.stat().st_size:040x}"')
            self.send_header("X-Repo-Commit", COMMIT)
        super().end_headers()

    def send_error(self, code: int, *_: Any) -> None:
        """Name what is missing as the Hub does."""
        repository = Path(self.translate_path(self.path.partition(RESOLVE)[0]))
        self.send_response(code)
        missing = "EntryNotFound" if repository.is_dir() else "RepoNotFound"
        self.send_header("X-Error-Code", missing)
        self.send_header("Content-Length", "0")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


@contextlib.contextmanager
def hub(folder: Path) -> Iterator[str]:
    """Serve the repositories in ``folder``; yield the address of the Hub."""
    handler = partial(_Repositories, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
