"""Write the files that are generated from the code; ``--check`` only says whether they are current.

The JSON Schemas beside the YAML files let editors complete and check them, the shipped latency
predictor is fitted to the published measurements, and the tables of ``docs/proxy.md`` are made from
the trainings beside it.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.space_file import SpaceFile
from nasbench_mvit.latency.calibrate import iphone12_document
from nasbench_mvit.proxy.archive import Archive
from nasbench_mvit.proxy.contest import mosaic_contest, spread_networks
from nasbench_mvit.proxy.measure import plan
from nasbench_mvit.proxy.report import report
from nasbench_mvit.search.study import StudyConfig, load_study, predictor_of
from nasbench_mvit.training.data import open_images

ROOT = Path(__file__).parents[1]
PREDICTOR = ROOT / "nasbench_mvit/latency/predictors/iphone12_coreml.json"
PROXY_PAGE = ROOT / "docs/proxy.md"
PROXY_TRAININGS = ROOT / "docs/proxy/trainings.parquet"
PROXY_NETWORKS = 12  # the default of `python -m nasbench_mvit.proxy`
BEGIN, END = "<!-- tables made by tools/generate.py -->\n", "<!-- end of the tables -->\n"


def generated() -> Iterator[tuple[Path, str]]:
    """Yield each file and what it must hold."""
    yield ROOT / "search_spaces/space.schema.json", _schema(SpaceFile)
    yield ROOT / "studies/study.schema.json", _schema(StudyConfig)
    yield PREDICTOR, iphone12_document().model_dump_json(indent=2) + "\n"
    yield PROXY_PAGE, _proxy_page()


def _schema(model: type[BaseModel]) -> str:
    return json.dumps(model.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def _proxy_page() -> str:
    """Return the page with the tables that the trainings beside it give."""
    _, study = load_study("latency_iphone")
    networks = spread_networks(SearchSpace.load(study.space), PROXY_NETWORKS, study.seed)
    contest = mosaic_contest()
    trainings = plan(
        contest,
        networks,
        lambda proxy: open_images(study.data, cell_size=proxy.cell_size).fingerprint,
    )
    results = Archive(PROXY_TRAININGS).finished(trainings)
    predictor, limit_ms = predictor_of(study), study.limits.latency_ms
    before, _, rest = PROXY_PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = report(contest, networks, results, predictor, limit_ms)
    return f"{before}{BEGIN}\n{tables}\n{END}{after}"


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
