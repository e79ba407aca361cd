"""What a browser says of itself in its User-Agent header: untrusted text, of which names are taken.

Browsers freeze parts of it (Android's version and model, macOS's version), so a user may name the
device; what cannot be told is called unknown.
"""

import re
from dataclasses import dataclass

# The first that matches wins: browsers name those they descend from as well.
_BROWSERS = (
    ("Edge", r"(?:EdgA|EdgiOS|Edg)/(\d+)"),
    ("Opera", r"(?:OPR|OPT)/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("Firefox", r"(?:FxiOS|Firefox)/(\d+)"),
    ("Chrome", r"(?:CriOS|HeadlessChrome|Chrome)/(\d+)"),
    ("Safari", r"Version/(\d+(?:\.\d+)?)[\d.]* .*Safari/"),
)
_SYSTEMS = (
    ("iPhone", "iOS", r"\(iPhone;.*? OS (\d+(?:_\d+)?)"),
    ("iPad", "iPadOS", r"\(iPad;.*? OS (\d+(?:_\d+)?)"),
    ("Android phone", "Android", r"Android (\d+(?:\.\d+)?).*Mobile"),
    ("Android tablet", "Android", r"Android (\d+(?:\.\d+)?)"),
    ("Windows computer", "Windows", r"Windows NT (\d+(?:\.\d+)?)"),
    ("Mac", "macOS", r"Mac OS X (\d+(?:_\d+)?)"),
    ("Chromebook", "ChromeOS", r"CrOS \w+ (\d+)"),
    ("Linux computer", "Linux", r"Linux( )"),
)
UNKNOWN = "unknown"
MAX_LENGTH = 1_000  # longer ones exist only to make a search slow


@dataclass(frozen=True)
class UserAgent:
    """A device and its browser, in words that hold nothing but letters, digits and dots.

    Attributes:
        device: kind of device, such as iPhone.
        os: system with its version, as far as it is told.
        browser: name of the browser.
        version: version of the browser.
    """

    device: str
    os: str
    browser: str
    version: str


def parse_user_agent(header: str) -> UserAgent:
    """Return the parts of a User-Agent header; those that it lacks are "unknown"."""
    header = header[:MAX_LENGTH]
    device, system, os_version = next(
        (
            (device, system, found[1].strip().replace("_", "."))
            for device, system, pattern in _SYSTEMS
            if (found := re.search(pattern, header, re.ASCII))
        ),
        (f"{UNKNOWN} device", f"{UNKNOWN} system", ""),
    )
    browser, version = next(
        (
            (name, found[1])
            for name, pattern in _BROWSERS
            if (found := re.search(pattern, header, re.ASCII))
        ),
        (f"{UNKNOWN} browser", ""),
    )
    return UserAgent(device, f"{system} {os_version}".strip(), browser, version)
