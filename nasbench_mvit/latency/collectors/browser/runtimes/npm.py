"""Packages of npm, fetched from where npm is set up to fetch them, and checked by their hashes."""

import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.io.atomic import atomic_write


@dataclass(frozen=True)
class NpmPackage:
    """One version of a package.

    Attributes:
        name, version: as npm has them.
        sha512: of the tarball, the registry's "integrity" in hexadecimal.
        own_copy: what a user without npm does.
    """

    name: str
    version: str
    sha512: str
    own_copy: str

    def keep(
        self, folder: str, files: Mapping[str, str], imports: Mapping[str, str] | None = None
    ) -> Path:
        """Keep files of the package in the user's cache, fetched the first time.

        Args:
            folder: name of a folder in the cache.
            files: paths in the package, by their paths in the folder; the last is written last.
            imports: modules that the last file imports, each with what to import in its place.

        Returns:
            The path of the folder.

        Raises:
            MeasurementError: npm is missing or fails, or what it fetched is not what was tested.
            OSError: the cache cannot be written.
        """
        home, last = platformdirs.user_cache_path("nasbench_mvit") / folder, list(files)[-1]
        if (home / last).is_file():
            return home
        with tarfile.open(fileobj=io.BytesIO(self._fetched())) as archive:
            for kept, name in files.items():
                member = archive.extractfile(f"package/{name}")
                if member is None:
                    raise MeasurementError(f"{self.name} {self.version} has no file {name}.")
                content = member.read()
                for module, instead in (imports or {}).items() if kept == last else ():
                    content = content.replace(f'"{module}"'.encode(), f'"{instead}"'.encode())
                with atomic_write(home / kept) as file:
                    file.write(content)
        return home

    def _fetched(self) -> bytes:
        """Return the tarball, by way of the registry npm is set up for."""
        npm, title = shutil.which("npm"), f"{self.name} {self.version}"
        if npm is None:
            raise MeasurementError(
                f"{title} is fetched through npm, and there is no npm on the path. Install Node.js "
                f"with npm, or bring a copy from another machine: {self.own_copy}"
            )
        with tempfile.TemporaryDirectory() as folder:
            command = [npm, "pack", f"{self.name}@{self.version}", "--ignore-scripts", "--silent"]
            done = subprocess.run(  # noqa: S603
                command, cwd=folder, capture_output=True, text=True, check=False
            )
            found = list(Path(folder).glob("*.tgz"))
            if done.returncode or len(found) != 1:
                said = " ".join(done.stderr.split())[-500:] or f"exit code {done.returncode}"
                raise MeasurementError(f"npm could not fetch {title}: {said}. {self.own_copy}")
            tarball = found[0].read_bytes()
        digest = hashlib.sha512(tarball).hexdigest()
        if digest != self.sha512:
            raise MeasurementError(
                f"what npm fetched as {title} is not what was tested: its SHA-512 is "
                f"{digest[:16]}…, expected {self.sha512[:16]}…. Check the registry npm is set up "
                "for (npm config get registry)."
            )
        return tarball
