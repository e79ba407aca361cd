"""Fits a calibration to the scores of published networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nasbench_mvit.analysis.conformal import COVERAGE, margin
from nasbench_mvit.analysis.least_squares import Floats, fit, left_out_errors, rms
from nasbench_mvit.analysis.statistics import pooled_sd
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.calibration.document import (
    CalibrationDocument,
    CalibrationErrors,
    CalibrationNetwork,
    ScoreNoise,
)
from nasbench_mvit.calibration.domain import known_kinds
from nasbench_mvit.calibration.terms import MACS, TERMS, choose, columns_of
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import CalibrationError
from nasbench_mvit.latency.predictor.document import Range
from nasbench_mvit.training.proxy.recipe import ProxyConfig

MIN_NETWORKS = 6
INTERVAL = (
    f"{COVERAGE:.0%} of networks like those left out one by one, the terms chosen anew without "
    "them; wider where a score is of fewer seeds or estimated, and outside the domain as wide as "
    "the errors of whole papers left out ask for"
)


@dataclass(frozen=True)
class _Data:
    """N networks: scores (fractions), MACs, ImageNet top-1 (percent) and papers, ``(N,)`` each."""

    score: Floats
    macs: Floats
    top1: Floats
    papers: Sequence[str]

    def errors(self, terms: str) -> CalibrationErrors:
        """Return the errors of a fit of some terms."""
        columns_NT = columns_of(terms, self.score, self.macs)
        return _errors(
            left_out_errors(columns_NT, self.top1, range(len(self.top1))),
            left_out_errors(columns_NT, self.top1, self.papers),
        )

    def errors_of_choice(self, groups: Sequence[object]) -> Floats:
        """Return the errors with each group left out, the terms chosen without it; ``(N,)``."""
        errors_N = np.full(len(self.top1), np.nan)
        for group in dict.fromkeys(groups):
            out_N = np.array([other == group for other in groups])
            rest = [values[~out_N] for values in (self.score, self.macs, self.top1)]
            if (terms := choose(*rest)) is not None:
                of_group = np.where(out_N, 0, np.arange(len(out_N)) + 1)
                columns_NT = columns_of(terms, self.score, self.macs)
                errors_N[out_N] = left_out_errors(columns_NT, self.top1, of_group.tolist())[out_N]
        return errors_N


def calibrate(
    scores: Mapping[str, Sequence[float]],
    *,
    name: str,
    proxy: ProxyConfig,
    data: str,
    images: str,
) -> CalibrationDocument:
    """Fit the calibration of a proxy.

    Args:
        scores: of published networks, by their names: a fraction for each seed.
        name: its name in sentences.
        proxy: the recipe.
        data: the images, as a study names them.
        images: their fingerprint.

    Raises:
        CalibrationError: there are too few networks, or accuracy does not rise with the score.
    """
    names = list(scores)
    if len(names) < MIN_NETWORKS:
        raise CalibrationError(
            f"a calibration needs the scores of {MIN_NETWORKS} published networks or more, got "
            f"{len(names)}. Train more of them with `python -m nasbench_mvit proxy --against "
            "imagenet`."
        )
    specs = [published(network) for network in names]
    costs = count_costs_many(specs)
    of_data = _Data(
        score=np.array([np.mean(scores[network]) for network in names]),
        macs=costs.macs.astype(float),
        top1=np.array([FIGURES[network].top1 for network in names]),
        papers=[FIGURES[network].family for network in names],
    )
    terms = choose(of_data.score, of_data.macs, of_data.top1)
    left_out_N = of_data.errors_of_choice(range(len(names)))
    if terms is None or np.isnan(left_out_N).any():
        raise CalibrationError(
            f"ImageNet top-1 does not rise with the scores of this proxy (recipe {proxy.id}) "
            "whichever network is left out, so that they say nothing of it. Train with more seeds "
            "or more steps, or take another recipe."
        )
    paper_out_N = of_data.errors_of_choice(of_data.papers)
    columns_NT = columns_of(terms, of_data.score, of_data.macs)
    weights_T = fit(columns_NT, of_data.top1)
    inside = margin(left_out_N)
    outside = inside if np.isnan(paper_out_N).any() else max(inside, margin(paper_out_N))
    values = {"macs": of_data.macs, "params": costs.params, "score": of_data.score}
    return CalibrationDocument(
        schema_version=1,
        name=name,
        kind="estimated",
        proxy_id=proxy.id,
        proxy=proxy.model_dump(mode="json"),
        data=data,
        images=images,
        terms=terms,
        weights=weights_T.tolist(),
        networks=[
            CalibrationNetwork(
                name=network,
                family=FIGURES[network].family,
                imagenet_top1=FIGURES[network].top1,
                source=FIGURES[network].top1_source,
                scores=list(scores[network]),
                macs=int(costs.macs[place]),
                params=int(costs.params[place]),
                fitted_top1=float(columns_NT[place] @ weights_T),
                left_out_error=float(left_out_N[place]),
            )
            for place, network in enumerate(names)
        ],
        errors=_errors(left_out_N, paper_out_N),
        alternatives={each: of_data.errors(each) for each in (*TERMS, MACS)},
        margin=inside,
        margin_outside=outside,
        noise=_noise(list(scores.values())),
        ranges={
            field: Range(low=float(of_field.min()), high=float(of_field.max()))
            for field, of_field in values.items()
        },
        kinds=known_kinds(specs),
        interval=INTERVAL,
    )


def _errors(left_out_N: Floats, paper_out_N: Floats) -> CalibrationErrors:
    papers = rms(paper_out_N)
    return CalibrationErrors(
        left_out=rms(left_out_N), paper_out=None if np.isnan(papers) else papers
    )


def _noise(scores: Sequence[Sequence[float]]) -> ScoreNoise | None:
    freedom = sum(len(of_one) - 1 for of_one in scores)
    return ScoreNoise(sd=pooled_sd(scores), freedom=freedom) if freedom else None
