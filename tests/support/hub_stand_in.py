"""A stand-in for the Hugging Face Hub on this machine: repositories are folders, OWNER/NAME."""

import base64
import contextlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
RESOLVE = "/resolve/main/"
TOKEN, USER = "hf_right", "me"


class _Repositories(SimpleHTTPRequestHandler):
    """Answers for /OWNER/NAME/resolve/main/FILE, and takes commits of the user ``USER``."""

    def do_GET(self) -> None:
        if self.path == "/api/whoami-v2":
            known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            self._answer({"type": "user", "name": USER}, 200 if known else 401)
        else:
            super().do_GET()

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        _, *where, action = self.path.removesuffix("/main").split("/")
        here = f"http://{self.headers['Host']}"
        if action == "create":
            asked = json.loads(content)
            if asked.get("organization", USER) != USER:
                self._answer({"error": "no rights to create there"}, 403)
                return
            Path(self.directory, USER, asked["name"]).mkdir(parents=True, exist_ok=True)
            self._answer({"url": f"{here}/{USER}/{asked['name']}"})
        elif action == "preupload":
            files = [entry["path"] for entry in json.loads(content)["files"]]
            modes = {"uploadMode": "regular", "shouldIgnore": False}
            self._answer({"files": [{"path": path, **modes} for path in files]})
        elif action == "commit":
            repository = "/".join(where[-2:])
            self._commit(Path(self.directory, repository), content)
            url = f"{here}/{repository}/commit/{COMMIT}"
            self._answer({"commitUrl": url, "commitOid": COMMIT})
        else:  # /api/validate-yaml
            self._answer({"errors": [], "warnings": []})

    def _commit(self, repository: Path, content: bytes) -> None:
        for line in map(json.loads, content.splitlines()):
            if line["key"] == "file":
                file = repository / line["value"]["path"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(base64.b64decode(line["value"]["content"]))

    def _answer(self, content: dict[str, Any], code: int = 200) -> None:
        text = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        super().end_headers()
        self.wfile.write(text)

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
