"""Makes a predictor file from latencies measured on one target."""

from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.fitting.build import assemble, columns_of
from nasbench_mvit.latency.fitting.rows import LatencyRows
from nasbench_mvit.latency.fitting.scoring import extrapolation_margin
from nasbench_mvit.latency.fitting.ways import train_physical
from nasbench_mvit.latency.predictor.document import PredictorDocument

MIN_ROWS = 20
INTERVAL = (
    "predicted · exp(± margin), for 90 % of networks like the rows: conformal, over the errors of "
    "rows left out of the fit by 10-fold cross-validation, and no less than covers, with 90 % "
    "confidence, those that are variants of no other row; where extrapolating, the margin that "
    "covers the fastest and the slowest tenth of the rows by fits without them"
)


def measured_document(
    name: str, rows: LatencyRows, held_out: LatencyRows | None = None
) -> PredictorDocument:
    """Fit a predictor to measured ``rows`` and evaluate it, also on the rows ``held_out``.

    Raises:
        PredictorError: there are fewer than 20 rows.
    """
    if len(rows) < MIN_ROWS:
        raise PredictorError(
            f"a fit needs {MIN_ROWS} networks or more, got {len(rows)}. Measure more, hold out "
            "fewer, or start from another device's predictor: `transfer` does with 3."
        )
    outside = extrapolation_margin(train_physical, columns_of(rows), rows.ms)
    return assemble(name, rows, held_out, train_physical, interval=INTERVAL, margin_outside=outside)
