"""The errors of predictors fitted to shipped records: the tables of ``docs/latency.md``.

Axes: R rows.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import PredictorError
from nasbench_mvit.io.markdown import frame_table
from nasbench_mvit.latency.fitting.build import columns_of
from nasbench_mvit.latency.fitting.independence import independent
from nasbench_mvit.latency.fitting.measured import measured_document
from nasbench_mvit.latency.fitting.report import LEGEND, kinds_frame, noise_text, scores_frame
from nasbench_mvit.latency.fitting.rows import LatencyRows, read_rows
from nasbench_mvit.latency.fitting.scoring import scored_by_margin
from nasbench_mvit.latency.fitting.selection import Train, take
from nasbench_mvit.latency.fitting.transfer import train_transfer
from nasbench_mvit.latency.fitting.ways import train_physical
from nasbench_mvit.latency.predictor.document_fits import Regression, Score
from nasbench_mvit.latency.predictor.physical import PhysicalModel

RECORDS = Path(__file__).parents[2] / "nasbench_mvit/latency/data/records"
NUM_HELD_OUT = 60
FEW = (5, 10, 20)  # numbers of rows of the new device
DRAWS = 20  # random choices of these rows
SEED = 0


class Evidence:
    """The rows of one target and the predictor made from all but those held out."""

    def __init__(
        self, name: str, rows: LatencyRows, parts: tuple[LatencyRows, LatencyRows] | None = None
    ) -> None:
        """Fit the predictor ``name``.

        Args:
            name: name of the predictor.
            rows: the rows.
            parts: those kept and those held out of them, ``NUM_HELD_OUT`` by default.

        Raises:
            PredictorError: there are too few rows.
        """
        self.rows = rows
        self.kept, self.held_out = parts or rows.split(NUM_HELD_OUT)
        self.kept_columns = columns_of(self.kept)
        self.held_out_columns = columns_of(self.held_out)
        self.document = measured_document(name, self.kept, self.held_out)

    @property
    def fit(self) -> Regression:
        """The regression of the predictor."""
        fit = self.document.fit
        if not isinstance(fit, Regression):
            raise PredictorError(f"{self.document.name} is not a regression on measured rows.")
        return fit


def shipped(folder: Path = RECORDS) -> dict[str, Evidence]:
    """Return the evidence of every file of records in ``folder``, by its name."""
    return {
        path.stem: Evidence(path.stem, read_rows(path)) for path in sorted(folder.glob("*.jsonl"))
    }


def page(evidence: Mapping[str, Evidence]) -> str:
    """Return the Markdown of all targets, and of the transfers between those of one device."""
    if not evidence:
        return "No measured records are shipped yet.\n"
    parts = [_target(found) for found in evidence.values()]
    pairs = [
        (parent, child)
        for parent in evidence.values()
        for child in evidence.values()
        if parent is not child and parent.rows.target.device == child.rows.target.device
    ]
    parts += [_transfers(parent, child) for parent, child in pairs]
    return "\n\n".join(parts) + "\n"


def _target(found: Evidence) -> str:
    document, fit = found.document, found.fit
    made = (
        f"{document.target}. {len(found.rows)} networks, {len(found.held_out)} of them held out; "
        f"milliseconds are the {document.records.estimator}."
    )
    return "\n\n".join(
        [
            f"### `{document.name}`",
            made,
            f"![Predicted against measured latency](latency/{document.name}.png)",
            f"Noise floor: {noise_text(document.records.noise)}.",
            f"The fit: {fit.way}.",
            frame_table(scores_frame(fit.scores)),
            f"{LEGEND}.",
            _without_variants(found),
            "Where the milliseconds go, mean of all networks:",
            frame_table(kinds_frame(fit.model, found.rows.specs)),
        ]
    )


def _without_variants(found: Evidence) -> str:
    """Return how well those held-out networks are predicted that are variants of no other."""
    alone = dict(zip((s.id for s in found.rows.specs), independent(found.rows.specs), strict=True))
    chosen = [n for n, spec in enumerate(found.held_out.specs) if alone[spec.id]]
    of_v1 = [n for n in chosen if _is_of_v1(found.held_out.specs[n])]
    score = _score_of(found, chosen)
    words = (
        f"{score.rows} of the networks held out differ from every other network of the records in "
        f"more than one field: they are missed by {score.mape:.1%}, and {score.coverage:.0%} of "
        "them are inside their interval."
    )
    if len(of_v1) == len(chosen):
        return words
    others = _score_of(found, sorted({*chosen} - {*of_v1}))
    known = _score_of(found, of_v1)
    return (
        f"{words} Of these, {known.rows} have the parts of v1 alone ({known.mape:.1%}, "
        f"{known.coverage:.0%}) and {others.rows} parts of v2 or v3 too ({others.mape:.1%}, "
        f"{others.coverage:.0%})."
    )


def _score_of(found: Evidence, chosen: Sequence[int]) -> Score:
    """Return the errors on some of the rows held out."""
    predicted = found.fit.model.predict(take(found.held_out_columns, np.array(chosen, dtype=int)))
    return scored_by_margin(found.held_out.ms[list(chosen)], predicted, found.fit.margin)


def _is_of_v1(spec: MobileViTSpec) -> bool:
    """Return whether a network could be built from the parts of MobileViT v1 alone."""
    blocks = [stage.block for stage in spec.stages if stage.block is not None]
    return spec.head_expansion > 0 and all(
        block.local == "dense"
        and block.attention == "softmax"
        and block.fusion != "local"
        and block.projection == "separate"
        and block.activation
        and not block.residual
        and (block.fusion is False or block.size_of_fusion == block.kernel)
        for block in blocks
    )


def transfers_frame(parent: PhysicalModel, child: Evidence) -> pd.DataFrame:
    """Return as text the errors of fits to few rows of a new device, with a parent and without.

    The rows are drawn from those that ``child`` was fitted to, the errors are on its held-out ones.
    Fits from scratch use fewer rows here than ``fit`` accepts.
    """
    lines = []
    for count in FEW:
        for name, train in (
            ("transfer", train_transfer(parent)),
            ("fit from scratch", train_physical),
        ):
            scores = [_score(train, child, rows) for rows in _draws(len(child.kept), count)]
            lines.append(
                {
                    "rows": str(count),
                    "way": name,
                    "MAPE": f"{fmean(score.mape for score in scores):.1%}",
                    "±10 %": f"{fmean(score.within_10 for score in scores):.1%}",
                    "covered": f"{fmean(score.coverage for score in scores):.1%}",
                }
            )
    return pd.DataFrame(lines)


def _draws(available: int, count: int) -> list[NDArray[np.intp]]:
    rng = np.random.default_rng(SEED)
    return [rng.permutation(available)[:count] for _ in range(DRAWS)]


def _score(train: Train, child: Evidence, rows: NDArray[np.intp]) -> Score:
    """Return the errors on the rows held out of a fit to some of those kept."""
    with np.errstate(divide="ignore", invalid="ignore"):  # five rows may predict 0 ms
        trained = train(take(child.kept_columns, rows), child.kept.ms[rows])
    predicted = trained.model.predict(child.held_out_columns)
    return scored_by_margin(child.held_out.ms, predicted, trained.margin)


def _transfers(parent: Evidence, child: Evidence) -> str:
    model = _without(parent, child.held_out)
    predicted = model.predict(child.held_out_columns)
    ranking = scored_by_margin(child.held_out.ms, predicted, 0.0).spearman
    note = (
        f"Scores on the {len(child.held_out)} networks held out on the new device, which are also "
        f"held out of the parent. Before any transfer it ranks them with a Spearman "
        f"correlation of {ranking:.3f}. Means of {DRAWS} random choices of rows."
    )
    heading = f"### From `{parent.document.name}` to `{child.document.name}`"
    return "\n\n".join([heading, note, frame_table(transfers_frame(model, child))])


def _without(parent: Evidence, rows: LatencyRows) -> PhysicalModel:
    """Return the parent's model fitted without the networks of ``rows``."""
    unseen = {spec.id for spec in rows.specs}
    known = [row for row, spec in enumerate(parent.rows.specs) if spec.id not in unseen]
    return train_physical(columns_of(parent.rows.pick(known)), parent.rows.ms[known]).model
