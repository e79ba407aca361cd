"""Write the files that are generated from the code; ``--check`` only says whether they are current.

The JSON Schemas beside the YAML files let editors complete and check them, and the shipped latency
predictor is fitted to the published measurements.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from nasbench_mvit.architecture.space_file import SpaceFile
from nasbench_mvit.latency.calibrate import iphone12_document
from nasbench_mvit.search.study import StudyConfig

ROOT = Path(__file__).parents[1]
PREDICTOR = ROOT / "nasbench_mvit/latency/predictors/iphone12_coreml.json"


def generated() -> Iterator[tuple[Path, str]]:
    """Yield each file and what it must hold."""
    yield ROOT / "search_spaces/space.schema.json", _schema(SpaceFile)
    yield ROOT / "studies/study.schema.json", _schema(StudyConfig)
    yield PREDICTOR, iphone12_document().model_dump_json(indent=2) + "\n"


def _schema(model: type[BaseModel]) -> str:
    return json.dumps(model.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or check; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail if not current")
    check = parser.parse_args().check
    stale = [
        (path, text)
        for path, text in generated()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        if check:
            sys.stderr.write(f"{path.relative_to(ROOT)} is not current: run `make generate`\n")
        else:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
