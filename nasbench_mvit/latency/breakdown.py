"""Where a network's predicted milliseconds go: its stem, its stages, its head."""

from collections.abc import Mapping

from nasbench_mvit.architecture.spec import NUM_STAGES, MobileViTSpec
from nasbench_mvit.cost.layers import layers
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features import FEATURES, NUM_CLASSES
from nasbench_mvit.latency.predictor import LatencyPredictor

CONSTANT = "constant"
FIXED = "any network"
PARTS = ("stem", *(f"stage{number}" for number in range(1, NUM_STAGES + 1)), "head")


def part_of(layer: str) -> str:
    """Return the part that a layer of this name in ``models`` belongs to, as in field names."""
    head, _, rest = layer.partition(".")
    if head == "stages":
        return f"stage{int(rest.partition('.')[0]) + 1}"
    return "head" if head == "classifier" else head


def milliseconds_by_part(predictor: LatencyPredictor, spec: MobileViTSpec) -> dict[str, float]:
    """Return the predicted milliseconds of each part, which sum to the prediction.

    What the predictor adds whatever the network is stands under ``FIXED``, where it does.
    """
    document = predictor.document
    terms = _terms(document.candidates[document.chosen].coefficients, spec)
    total = sum(terms.values())
    ms = predictor.predict(spec).ms
    return {part: ms * term / total for part, term in terms.items()}


def _terms(coefficients: Mapping[str, float], spec: MobileViTSpec) -> dict[str, float]:
    terms = dict.fromkeys(PARTS, 0.0)
    if coefficients.get(CONSTANT):
        terms[FIXED] = coefficients[CONSTANT]
    for layer in layers(SpecArrays.of([spec]), NUM_CLASSES):
        for name, weight in coefficients.items():
            if name != CONSTANT and layer.kind in FEATURES[name].kinds:
                amount = layer.repeats * FEATURES[name].of(layer)
                terms[part_of(layer.name)] += weight * float(amount[0])
    return terms
