"""How well latencies of networks with heads are predicted on hosts: a table of ``docs/tasks.md``.

Records of networks with heads are apart from those of classifiers on the same target, and brought
to their level by the reference network that both have. A predictor of both is fitted to the
classifiers and half of the networks with heads.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from pages.latency_evidence import RECORDS, Evidence

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.latency.fitting.rows import SEED, LatencyRows, rows_of
from nasbench_mvit.latency.fitting.scoring import scored, scored_by_margin
from nasbench_mvit.latency.fitting.ways import MACS_ONLY
from nasbench_mvit.latency.predictor.document_fits import Score
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.latency.records.blocks import blocks_of
from nasbench_mvit.latency.records.estimator import reference_level
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.records.record_file import read_records

HEADS = "heads"  # folder of their records, and the end of their predictors' names
TITLES: Mapping[Task, str] = {
    "detection": "SSDLite, 320 px",
    "segmentation": "DeepLabv3, output stride 16, 512 px",
}


def with_heads(folder: Path = RECORDS) -> dict[str, Evidence]:
    """Return the evidence of every target with records of heads, by that of its classifiers."""
    found = {}
    for path in sorted((folder / HEADS).glob("*.jsonl")):
        rows = pooled(read_records(folder / path.name), read_records(path))
        found[path.stem] = Evidence(f"{path.stem}_{HEADS}", rows, halves(rows))
    return found


def pooled(first: Sequence[Measurement], second: Sequence[Measurement]) -> LatencyRows:
    """Return the rows of two sessions on one target, those of the second at the first's level."""
    rows, others = rows_of(first), rows_of(second)
    usual, here = (reference_level(blocks_of(records), "p10") for records in (first, second))
    return dataclasses.replace(
        rows,
        specs=(*rows.specs, *others.specs),
        ms=np.concatenate([rows.ms, usual / here * others.ms]),
    )


def halves(rows: LatencyRows) -> tuple[LatencyRows, LatencyRows]:
    """Return the classifiers with half of the networks of each other task, and their other half."""
    held_out: list[int] = []
    for task in TITLES:
        there = [number for number, spec in enumerate(rows.specs) if spec.task == task]
        order = np.random.default_rng(SEED).permutation(there)
        held_out += [int(number) for number in order[: len(there) // 2]]
    kept = sorted({*range(len(rows))} - {*held_out})
    return rows.pick(kept), rows.pick(sorted(held_out))


def heads_table(found: Mapping[str, Evidence], classifiers: Mapping[str, Evidence]) -> str:
    """Return the errors on networks with heads, by predictors with and without such rows.

    Args:
        found: as ``with_heads`` returns it.
        classifiers: the evidence of the same targets' classifiers, by the name of the target.
    """
    header = ("target", "head", "networks held out", "fitted to classifiers alone",
              "and to half of these", "multiply-adds alone")  # fmt: skip
    lines = [
        (
            f"`{target}`",
            TITLES[task],
            str(scores[0].rows),
            *map(_cell, scores),
        )
        for target, evidence in found.items()
        for task, scores in _scores(evidence, classifiers[target])
    ]
    return markdown_table(header, lines)


def _scores(found: Evidence, classifiers: Evidence) -> Iterator[tuple[Task, list[Score]]]:
    """Yield the scores of the three predictors on the held-out networks of each task."""
    for task in TITLES:
        there = [n for n, spec in enumerate(found.held_out.specs) if spec.task == task]
        rows = found.held_out.pick(there)
        scores = []
        for document in (classifiers.document, found.document):
            predicted = LatencyPredictor(document).predict_many(rows.specs)
            scores.append(scored(rows.ms, predicted.ms, predicted.low, predicted.high))
        macs = found.fit.baselines[MACS_ONLY]
        columns = {name: column[there] for name, column in found.held_out_columns.items()}
        scores.append(scored_by_margin(rows.ms, macs.model.predict(columns), macs.margin))
        yield task, scores


def _cell(score: Score) -> str:
    return f"{score.mape:.1%}, {score.coverage:.0%} inside"
