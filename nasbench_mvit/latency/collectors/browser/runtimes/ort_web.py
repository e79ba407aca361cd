"""The files of onnxruntime-web: from a folder the user names, or the tested version through npm."""

import json
import re
from pathlib import Path
from typing import Final

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.browser.runtimes.npm import NpmPackage
from nasbench_mvit.latency.collectors.browser.runtimes.runtime import WebRuntime

NAME: Final = "onnxruntime-web"
VERSION: Final = "1.30.0"
_OWN_COPY: Final = (
    f"`npm install {NAME}@{VERSION}` in any folder makes a copy; name that folder by `ort_web=`."
)
PACKAGE: Final = NpmPackage(
    NAME,
    VERSION,
    "ab4cbe26baedba45d2cec05610c71c55fa97db92d19a8b171c5f8269126683ca"
    "590a5cdc57bb2f35ce2b298de32f4d956fb42644c0ecd528a0a91e025c07ca61",
    _OWN_COPY,
)
_WASM: Final = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
)
_ACCELERATED: Final = (  # WebGPU and WebNN
    "ort.webgpu.min.mjs",
    "ort-wasm-simd-threaded.asyncify.mjs",
    "ort-wasm-simd-threaded.asyncify.wasm",
)
ALL: Final = (*_WASM, *_ACCELERATED)
_VERSIONS: Final = re.compile(r"[0-9A-Za-z.+-]{1,60}")  # also part of an address


def files_of(engine: str) -> tuple[str, ...]:
    """Return the names of the files that an engine needs, the module to import first."""
    return _WASM if engine == "wasm" else _ACCELERATED


def local_copy(folder: Path, engine: str) -> WebRuntime:
    """Return the copy that ``npm ci`` or ``npm install`` made in a folder.

    Args:
        folder: with ``node_modules``, or the package itself.
        engine: whose files must be there.

    Raises:
        MeasurementError: there is none, or it is not whole.
    """
    for home in (folder / "node_modules" / NAME, folder):
        if (home / "package.json").is_file():
            return _runtime(home, engine)
    raise MeasurementError(f"{folder} holds no {NAME}. {_OWN_COPY}")


def cached_copy(engine: str) -> WebRuntime:
    """Return the tested version from the user's cache, fetched by npm the first time.

    Raises:
        MeasurementError: npm is missing or fails, or what it fetched is not what was tested.
        OSError: the cache cannot be written.
    """
    names = [*(f"dist/{name}" for name in ALL), "package.json"]
    return _runtime(PACKAGE.keep(f"{NAME}-{VERSION}", {name: name for name in names}), engine)


def _runtime(home: Path, engine: str) -> WebRuntime:
    described = home / "package.json"
    try:
        fields = json.loads(described.read_bytes())
        name, version = fields["name"], fields["version"]
    except (ValueError, LookupError, TypeError):
        raise MeasurementError(f"{described} describes no package. {_OWN_COPY}") from None
    if name != NAME or not isinstance(version, str) or not _VERSIONS.fullmatch(version):
        raise MeasurementError(
            f"{home} holds {name!r:.60} {version!r:.60}, not {NAME}. {_OWN_COPY}"
        )
    dist, files = home / "dist", files_of(engine)
    missing = [name for name in files if not (dist / name).is_file()]
    if missing:
        raise MeasurementError(
            f"{dist} lacks {', '.join(missing)}, which the tested version {VERSION} has. "
            f"{_OWN_COPY}"
        )
    return WebRuntime(NAME, version, dist, files, files[0])
