"""The files of LiteRT.js, the tested version through npm.

It is two packages, and the first imports the second by its name, which only a bundler or an import
map resolves; workers have neither, so the name is replaced by that of the file.
"""

from typing import Final

from nasbench_mvit.latency.collectors.browser.runtimes.npm import NpmPackage
from nasbench_mvit.latency.collectors.browser.runtimes.runtime import WebRuntime

NAME: Final = "LiteRT.js"
VERSION: Final = "2.5.3"
_OWN_COPY: Final = "the engines of onnxruntime-web take a copy made elsewhere (`ort_web=`)."
CORE: Final = NpmPackage(
    "@litertjs/core",
    VERSION,
    "3e51a66cc3aaf568ad5fb14ed2385b749c3d1ad85ab6ccae0905e34edff0259a"
    "3414b6b0e3cab8b73f08c2a82a08892f8981abf4e1432f59029cde27cd6a3225",
    _OWN_COPY,
)
UTILS: Final = NpmPackage(
    "@litertjs/wasm-utils",
    VERSION,
    "e1f262c3ab4142722cfb48c7fce435ea760e89297cffecd99e7e61dae97c6932"
    "878b4e6c56a656e7cd139a4efca42da44f7f40f4e60155d15ac2d799fec23591",
    _OWN_COPY,
)
ENTRY: Final = "index.js"
_UTILS_FILE: Final = "wasm_utils.js"
# Of one thread, of several, and of browsers without relaxed vectors.
_BUILDS: Final = tuple(
    f"litert_wasm{build}_internal.{suffix}"
    for build in ("", "_threaded", "_compat")
    for suffix in ("js", "wasm")
)
FILES: Final = (ENTRY, _UTILS_FILE, *_BUILDS)


def cached_copy() -> WebRuntime:
    """Return the tested version from the user's cache, fetched by npm the first time.

    Raises:
        MeasurementError: npm is missing or fails, or what it fetched is not what was tested.
        OSError: the cache cannot be written.
    """
    folder = f"litertjs-{VERSION}"
    UTILS.keep(folder, {_UTILS_FILE: "dist/index.js"})
    files = {name: f"wasm/{name}" for name in _BUILDS} | {ENTRY: "dist/index.js"}
    home = CORE.keep(folder, files, imports={UTILS.name: f"./{_UTILS_FILE}"})
    return WebRuntime(NAME, VERSION, home, FILES, ENTRY)
