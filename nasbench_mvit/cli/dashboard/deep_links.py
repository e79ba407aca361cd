"""Pages opened by their own address know at once where the server is.

Streamlit's page does not: at ``/network`` it asks ``/network/_stcore/health`` as well, which
answers 404, an error in the browser's console on every link. A script in the page takes the place
of that guess; a path before the pages, as of a proxy, stays.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.web.server.starlette import starlette_static_routes as routes

_SCRIPT = """<script>
window.__streamlit = {{ BACKEND_BASE_URL: location.origin + location.pathname
  .split("/").filter((part, place, all) => place < all.length - 1 || !{pages}.includes(part))
  .join("/").replace(/\\/$/, "") }};
</script>"""


def serve_deep_links(pages: Sequence[str]) -> None:
    """Have Streamlit serve its page with that script.

    Args:
        pages: the last part of the path of each page.
    """
    make = routes.create_streamlit_static_handler
    script = _SCRIPT.format(pages=json.dumps(["", *pages]))

    def with_script(directory: str, base_url: str | None) -> ASGIApp:
        files = make(directory, base_url)
        index = Path(directory, "index.html").read_text(encoding="utf-8")
        page = index.replace("<head>", f"<head>{script}", 1)

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            last = scope.get("path", "").rpartition("/")[2]
            is_page = scope["type"] == "http" and last in {"", *pages}
            # A response of its own for each: what compresses it writes into its headers.
            answering = HTMLResponse(page, headers={"Cache-Control": "no-cache"})
            await (answering if is_page else files)(scope, receive, send)

        return answer

    routes.create_streamlit_static_handler = with_script  # type: ignore[assignment]
