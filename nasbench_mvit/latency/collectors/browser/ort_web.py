"""The files of onnxruntime-web: from a folder the user names, or the tested version through npm.

What npm fetches is checked against the hash that stands here, and kept in the user's cache.
"""

import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.latency.collectors.browser.targets import ENGINES, Engine

PACKAGE: Final = "onnxruntime-web"
VERSION: Final = "1.30.0"
# Of the tarball, the registry's "integrity" in hexadecimal.
SHA512: Final = (
    "ab4cbe26baedba45d2cec05610c71c55fa97db92d19a8b171c5f8269126683ca"
    "590a5cdc57bb2f35ce2b298de32f4d956fb42644c0ecd528a0a91e025c07ca61"
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
FILES: Final[dict[Engine, tuple[str, ...]]] = {
    engine: _WASM if engine == "wasm" else _ACCELERATED for engine in ENGINES
}
_VERSIONS: Final = re.compile(r"[0-9A-Za-z.+-]{1,60}")  # also part of an address
_ALL: Final = sorted({name for names in FILES.values() for name in names})
_OWN_COPY: Final = (
    f"`npm install {PACKAGE}@{VERSION}` in any folder makes a copy; name that folder by `ort_web=`."
)


@dataclass(frozen=True)
class OrtWeb:
    """A version of onnxruntime-web, as files in a folder.

    Attributes:
        version: as its package says.
        folder: where ``FILES`` lie.
    """

    version: str
    folder: Path

    def files(self, engine: Engine) -> tuple[str, ...]:
        """Return the names of the files that an engine needs."""
        return FILES[engine]

    def entry(self, engine: Engine) -> str:
        """Return the name of the module to import."""
        return FILES[engine][0]


def copy_of(folder: Path | None, engine: Engine) -> OrtWeb:
    """Return the copy in a folder, or the tested version where it is None.

    Raises:
        MeasurementError: it cannot be had.
        OSError: the cache cannot be written.
    """
    return cached_copy(engine) if folder is None else local_copy(folder, engine)


def local_copy(folder: Path, engine: Engine) -> OrtWeb:
    """Return the copy that ``npm ci`` or ``npm install`` made in a folder.

    Args:
        folder: with ``node_modules``, or the package itself.
        engine: whose files must be there.

    Raises:
        MeasurementError: there is none, or it is not whole.
    """
    for home in (folder / "node_modules" / PACKAGE, folder):
        if (home / "package.json").is_file():
            return _package(home, engine)
    raise MeasurementError(f"{folder} holds no {PACKAGE}. {_OWN_COPY}")


def _package(home: Path, engine: Engine) -> OrtWeb:
    described = home / "package.json"
    try:
        fields = json.loads(described.read_bytes())
        name, version = fields["name"], fields["version"]
    except (ValueError, LookupError, TypeError):
        raise MeasurementError(f"{described} describes no package. {_OWN_COPY}") from None
    if name != PACKAGE or not isinstance(version, str) or not _VERSIONS.fullmatch(version):
        raise MeasurementError(
            f"{home} holds {name!r:.60} {version!r:.60}, not {PACKAGE}. {_OWN_COPY}"
        )
    dist = home / "dist"
    missing = [name for name in FILES[engine] if not (dist / name).is_file()]
    if missing:
        raise MeasurementError(
            f"{dist} lacks {', '.join(missing)}, which the tested version {VERSION} has. "
            f"{_OWN_COPY}"
        )
    return OrtWeb(version, dist)


def cached_copy(engine: Engine) -> OrtWeb:
    """Return the tested version from the user's cache, fetched by npm the first time.

    Raises:
        MeasurementError: npm is missing or fails, or what it fetched is not what was tested.
        OSError: the cache cannot be written.
    """
    home = platformdirs.user_cache_path("nasbench_mvit") / f"{PACKAGE}-{VERSION}"
    if not (home / "package.json").is_file():  # which is written last
        _unpack(_fetched(), home)
    return _package(home, engine)


def _fetched() -> bytes:
    """Return the tarball of the tested version, by way of the registry npm is set up for."""
    npm = shutil.which("npm")
    if npm is None:
        raise MeasurementError(
            f"{PACKAGE} {VERSION} is fetched through npm, and there is no npm on the path. Install "
            f"Node.js with npm, or bring a copy from another machine: {_OWN_COPY}"
        )
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--ignore-scripts", "--silent"]
        done = subprocess.run(  # noqa: S603
            command, cwd=folder, capture_output=True, text=True, check=False
        )
        found = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(found) != 1:
            said = " ".join(done.stderr.split())[-500:] or f"exit code {done.returncode}"
            raise MeasurementError(f"npm could not fetch {PACKAGE} {VERSION}: {said}. {_OWN_COPY}")
        return found[0].read_bytes()


def _unpack(tarball: bytes, home: Path) -> None:
    found = hashlib.sha512(tarball).hexdigest()
    if found != SHA512:
        raise MeasurementError(
            f"what npm fetched as {PACKAGE} {VERSION} is not what was tested: its SHA-512 is "
            f"{found[:16]}…, expected {SHA512[:16]}…. Check the registry npm is set up for "
            "(npm config get registry)."
        )
    with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
        for name in [*(f"dist/{name}" for name in _ALL), "package.json"]:
            member = archive.extractfile(f"package/{name}")
            if member is None:
                raise MeasurementError(f"{PACKAGE} {VERSION} has no file {name}.")
            with atomic_write(home / name) as file:
                shutil.copyfileobj(member, file)
