"""Writes the sampler as a package of OptunaHub, which needs nothing of this one.

``python tools/sampler_package/write.py FOLDER`` leaves ``FOLDER/samplers/cost_aware`` as the
registry of OptunaHub has its packages: modules that import one another relatively, a README with
front matter, an example, requirements and the licence.
"""

import argparse
import re
import shutil
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "nasbench_mvit" / "cost_aware"
FILES = Path(__file__).parent / "files"
PACKAGE = "samplers/cost_aware"
_OWN = re.compile(r"^( *)from nasbench_mvit\.cost_aware(?:\.(\w+))? import", re.MULTILINE)


def write_package(registry: Path) -> Path:
    """Write the package below the folder of a registry; return its folder.

    Raises:
        ValueError: a module of the sampler imports something else of this project.
    """
    folder = registry / PACKAGE
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(SOURCE.glob("*.py")):
        text = _OWN.sub(r"\1from .\2 import", path.read_text(encoding="utf-8"))
        if "nasbench_mvit" in text:
            raise ValueError(f"{path} names nasbench_mvit beyond its own modules")
        (folder / path.name).write_text(text, encoding="utf-8")
    for path in FILES.iterdir():
        text = path.read_text(encoding="utf-8").replace(
            "OPTUNA_VERSION", metadata.version("optuna")
        )
        (folder / path.name).write_text(text, encoding="utf-8")
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE")
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the sampler as a package of OptunaHub.")
    parser.add_argument("registry", type=Path, help="folder of a registry, like package/")
    print(write_package(parser.parse_args().registry))
