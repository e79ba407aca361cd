"""Streamlit as a server that asks nothing and sends nothing.

All that the dashboard changes of Streamlit's behaviour stands here, above all what it would do by
default: ask for an e-mail address, collect statistics, advertise, look up its public address.
"""

from collections.abc import Sequence
from pathlib import Path

from streamlit import config, net_util
from streamlit.web import cli as streamlit
from streamlit.web.server import server_util

from nasbench_mvit.cli.dashboard.deep_links import serve_deep_links

PRIVACY = "It collects no statistics and sends nothing anywhere."

Options = dict[str, bool | int | str]

#: Streamlit's options that are the same at every start; the command line overrides a user's files.
OPTIONS: Options = {
    "server.showEmailPrompt": False,
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "viewer",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,  # to search engines and chatbots
    "logger.hideWelcomeMessage": True,  # and with it an advertisement
    "theme.light.primaryColor": "#005A8F",
    "theme.dark.primaryColor": "#56B4E9",
}


def serve(
    script: Path, arguments: Sequence[str], *, address: str, port: int, open_browser: bool
) -> None:
    """Serve the pages of a script until a signal ends the process.

    Args:
        script: the file that Streamlit runs.
        arguments: arguments of the script.
        address: network address to listen on.
        port: TCP port to listen on.
        open_browser: whether to open the page, if there is a display.
    """
    _contact_nobody()
    serve_deep_links([page.stem for page in sorted(script.parent.glob("views/*.py"))])
    options = OPTIONS | {"server.address": address, "server.port": port}
    if not open_browser:
        options["server.headless"] = True
    print(f"Dashboard: {_url(address, options)} (Ctrl-C ends it). {PRIVACY}", flush=True)
    streamlit.main(
        args=["run", str(script), *_flags(options), "--", *arguments], standalone_mode=False
    )


def _url(address: str, options: Options) -> str:
    """Return where a browser finds the pages; a user's files of Streamlit may set path and TLS."""
    config.get_config_options(options_from_flags=options)
    host = server_util.get_display_address(address)
    return server_util.get_url(f"[{host}]" if ":" in host else host)


def _contact_nobody() -> None:
    """Switch off what no option of Streamlit does.

    It asks a host on the internet for this machine's address when a page of another origin
    connects. And it asks for an e-mail address, whatever its options say, where the file of an
    earlier answer is damaged.
    """
    net_util.get_external_ip = _unknown
    streamlit.check_credentials = _accept  # type: ignore[attr-defined]


def _unknown() -> None:
    """Return no address."""


def _accept() -> None:
    """Take any user."""


def _flags(options: Options) -> list[str]:
    return [f"--{name}={str(value).lower() if isinstance(value, bool) else value}"
            for name, value in options.items()]  # fmt: skip
