"""Writes the files that are generated from the code; ``--check`` only checks them.

The JSON Schemas next to the YAML files let editors complete and check them, ``docs/files.md`` has
their keys as tables, the shipped latency predictors are fitted to the published measurements and
to the shipped records (those of other phones by ``phone_predictors`` from files that are not part
of the project), the tables of ``docs/latency.md`` hold their scores, that of
``docs/family.md`` has the published networks, those of ``docs/table.md`` and ``docs/surrogate.md``
are the data sheets of the shipped table and surrogate, those of ``docs/proxy.md``,
``docs/samplers.md``, ``docs/samplers/held_out.md`` and ``docs/benchmarks.md`` are made from the
results in the folders next to them, and so are the pages of ``docs/ablations`` and the tables of
``docs/reproduction.md``.
"""

import argparse
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hosted_latencies import hosted_table
from pages.ablations import ablation_pages, ablation_summaries, effects_table
from pages.benchmarks import benchmark_tables
from pages.family import family_table
from pages.files import file_keys
from pages.heads_evidence import heads_table, with_heads
from pages.held_out import held_out_tables
from pages.latency_evidence import Evidence, page, shipped
from pages.reproduction import (
    EFFECTS_OF_TASKS,
    claims_table,
    reproduced_effects,
    scores_at_sizes,
)
from pages.samplers import samplers_tables
from pages.truth import (
    patches_by,
    sizes_table,
    trials_table,
    truth_tables,
    truth_tables_of_one,
)
from phones.tables import phones_page
from published_latencies import ENSEMBLES, iphone12_document
from pydantic import BaseModel

from nasbench_mvit.ablation.design.config import AblationConfig
from nasbench_mvit.ablation.results.document import AblationReport
from nasbench_mvit.ablation.results.summary import AblationSummary
from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.space_file import SpaceFile
from nasbench_mvit.benchmark.compare.archive import SearchArchive
from nasbench_mvit.benchmark.data_sheet import data_sheet
from nasbench_mvit.calibration.document import CalibrationDocument
from nasbench_mvit.export.manifest import Manifest
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.predictor.files import to_text
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.surrogate.data_sheet import data_sheet as surrogate_sheet
from nasbench_mvit.surrogate.files import SurrogateDescription
from nasbench_mvit.surrogate.surrogate import Surrogate
from nasbench_mvit.table.benchmark import Benchmark
from nasbench_mvit.table.files import TableDescription

ROOT = Path(__file__).parents[1]
PREDICTORS = ROOT / "nasbench_mvit/latency/data/predictors"
SCHEMAS = ROOT / "docs/schemas"
FILES_PAGE = ROOT / "docs/files.md"
FAMILY_PAGE = ROOT / "docs/family.md"
IMAGES_PAGE = ROOT / "docs/images.md"
TASKS_PAGE = ROOT / "docs/tasks.md"
LATENCY_PAGE = ROOT / "docs/latency.md"
PROXY_PAGE = ROOT / "docs/proxy.md"
PUBLISHED_TRAININGS = ROOT / "docs/proxy/imagenet/trainings.parquet"
PATCH_TRAININGS = ROOT / "docs/proxy/patches/trainings.parquet"
EMOJI_TRAININGS = ROOT / "docs/proxy/emoji/trainings.parquet"
CANVAS_SIZES = ROOT / "docs/proxy/canvas_sizes.csv"
TRIALS = ROOT / "docs/proxy/trials.csv"
ABLATIONS = ROOT / "docs/ablations"
SAMPLER_SIZES = ABLATIONS / "ablation_sampler_sizes.csv"
BENCHMARKS_PAGE = ROOT / "docs/benchmarks.md"
BENCHMARK_RESULTS = ROOT / "docs/benchmarks/results.json"
TABLE_PAGE = ROOT / "docs/table.md"
TABLE = ROOT / "nasbench_mvit/table/data/mobilevit_table"
SURROGATE_PAGE = ROOT / "docs/surrogate.md"
SURROGATE = ROOT / "nasbench_mvit/surrogate/data/mobilevit_family"
SAMPLERS_PAGE = ROOT / "docs/samplers.md"
SEARCHES = ROOT / "docs/samplers/searches.parquet"
HELD_OUT_PAGE = ROOT / "docs/samplers/held_out.md"
HELD_OUT = ROOT / "docs/samplers/held_out.parquet"
REPRODUCTION_PAGE = ROOT / "docs/reproduction.md"
RIVALS = ROOT / "docs/rivals"
DECIMAL = re.compile(r"\d+\.\d+(?:e[+-]?\d+)?")
TOLERANCE = 0.02
TABLES = "tables"
HEADS = "latencies with heads"
EMOJI = "ranks of published networks"


def generated() -> Iterator[tuple[Path, str]]:
    """Yield each generated file and its content."""
    yield ROOT / "search_spaces/space.schema.json", _schema(SpaceFile)
    yield ROOT / "studies/study.schema.json", _schema(StudyConfig)
    yield ROOT / "studies/ablation.schema.json", _schema(AblationConfig)
    yield SCHEMAS / "predictor.schema.json", _schema(PredictorDocument)
    yield SCHEMAS / "calibration.schema.json", _schema(CalibrationDocument)
    yield SCHEMAS / "table.schema.json", _schema(TableDescription)
    yield SCHEMAS / "surrogate.schema.json", _schema(SurrogateDescription)
    yield SCHEMAS / "export.schema.json", _schema(Manifest)
    yield SCHEMAS / "ablation_report.schema.json", _schema(AblationReport)
    yield FILES_PAGE, _filled(FILES_PAGE, file_keys())
    for about in ENSEMBLES:
        yield PREDICTORS / f"{about.name}.json", to_text(iphone12_document(about))
    evidence, of_heads = shipped(), with_heads()
    for found in (*evidence.values(), *of_heads.values()):
        yield PREDICTORS / f"{found.document.name}.json", to_text(found.document)
    yield TASKS_PAGE, _filled(TASKS_PAGE, f"{heads_table(of_heads, evidence)}\n", HEADS)
    yield FAMILY_PAGE, _filled(FAMILY_PAGE, family_table())
    yield LATENCY_PAGE, _latency_page(evidence)
    yield PROXY_PAGE, _proxy_page()
    yield IMAGES_PAGE, _filled(IMAGES_PAGE, truth_tables_of_one(EMOJI_TRAININGS), EMOJI)
    yield TABLE_PAGE, _filled(TABLE_PAGE, data_sheet(Benchmark.load(str(TABLE))))
    yield SURROGATE_PAGE, _filled(SURROGATE_PAGE, surrogate_sheet(Surrogate.load(str(SURROGATE))))
    yield SAMPLERS_PAGE, _filled(SAMPLERS_PAGE, samplers_tables(SearchArchive(SEARCHES).rows))
    yield HELD_OUT_PAGE, _filled(HELD_OUT_PAGE, held_out_tables(SearchArchive(HELD_OUT).rows))
    summaries = list(ablation_summaries(ABLATIONS))
    yield from ablation_pages(ABLATIONS, summaries)
    page_of_all = ABLATIONS / "README.md"
    yield page_of_all, _filled(page_of_all, effects_table(summaries))
    yield REPRODUCTION_PAGE, _reproduction_page(summaries)
    yield BENCHMARKS_PAGE, _filled(BENCHMARKS_PAGE, benchmark_tables(BENCHMARK_RESULTS))


def _schema(model: type[BaseModel]) -> str:
    return json.dumps(model.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def _latency_page(evidence: Mapping[str, Evidence]) -> str:
    """Return the page with the errors of the predictors and the latencies of hosted devices."""
    return _filled(LATENCY_PAGE, f"{page(evidence)}\n{phones_page()}\n\n{hosted_table()}\n")


def _proxy_page() -> str:
    """Return the page with the tables made from the trainings next to it."""
    text = PROXY_PAGE.read_text(encoding="utf-8")
    parts = {
        "ranks of published networks": truth_tables(PUBLISHED_TRAININGS),
        "scores by size of canvas": sizes_table(CANVAS_SIZES),
        "differences by patch": patches_by(PATCH_TRAININGS),
        "trials": trials_table(TRIALS),
    }
    for name, content in parts.items():
        text = _with_part(text, content, name)
    return text


def _reproduction_page(summaries: Sequence[AblationSummary]) -> str:
    """Return the page with the effects and claims that trainings here found."""
    text = REPRODUCTION_PAGE.read_text(encoding="utf-8")
    text = _with_part(text, f"{reproduced_effects(summaries)}\n", "effects")
    of_tasks = reproduced_effects(summaries, EFFECTS_OF_TASKS)
    text = _with_part(text, f"{of_tasks}\n", "effects of tasks")
    text = _with_part(text, f"{scores_at_sizes(SAMPLER_SIZES)}\n", "scores by size of image")
    text = _with_part(text, f"{_claims('classification')}\n", "claims")
    return _with_part(text, f"{_claims('detection', 'segmentation')}\n", "claims of tasks")


def _claims(*tasks: Task) -> str:
    return claims_table({task: RIVALS / task / "front.json" for task in tasks})


def _filled(path: Path, content: str, name: str = TABLES) -> str:
    """Return a page with its part ``name`` made anew."""
    return _with_part(path.read_text(encoding="utf-8"), content, name)


def _with_part(page: str, content: str, name: str) -> str:
    """Return a page with ``content`` between the markers of its part ``name``."""
    begin, end = f"<!-- {name} made by tools/generate.py -->\n", f"<!-- end of the {name} -->\n"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{content}\n{end}{after}"


def is_current(found: str, made: str) -> bool:
    """Return whether a file is current, up to the arithmetic of another processor.

    Vector units round differently, and a fit to ten rows may give another solution: decimal numbers
    may differ by ``TOLERANCE``, relatively; all other text must be equal.
    """
    if DECIMAL.sub("0.0", found) != DECIMAL.sub("0.0", made):
        return False
    pairs = zip(DECIMAL.findall(found), DECIMAL.findall(made), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=TOLERANCE) for a, b in pairs)


def main() -> int:
    """Write or check; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail if not current")
    check = parser.parse_args().check
    stale = [
        (path, text)
        for path, text in generated()
        if not path.exists() or not is_current(path.read_text(encoding="utf-8"), text)
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
