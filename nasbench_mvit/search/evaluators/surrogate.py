"""SurrogateEvaluator: estimates by a surrogate, marked as such, in place of trainings."""

from dataclasses import dataclass

import numpy as np

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import StudyError, SurrogateError
from nasbench_mvit.search.evaluators.proxy import Report
from nasbench_mvit.search.evaluators.same_task import TRAIN, check_no_rivals, check_same_task
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.surrogate.files import SURROGATES
from nasbench_mvit.surrogate.model import check_installed
from nasbench_mvit.surrogate.surrogate import DEFAULT, Surrogate
from nasbench_mvit.training.proxy.result import EstimatedResult

DRAWN = 500
MOST_OUTSIDE = 0.5


@dataclass(frozen=True)
class SurrogateEvaluator:
    """Returns the expected result of a network's training, the same for every seed."""

    surrogate: Surrogate

    def __call__(self, spec: Network, seed: int, report: Report) -> EstimatedResult:
        """Return the estimate for ``spec``; ``report`` is never called, since there is no curve.

        Raises:
            SurrogateError: the network is a rival.
        """
        del seed, report
        if not isinstance(spec, MobileViTSpec):
            raise SurrogateError(
                f"the surrogate {self.surrogate.about.name} cannot estimate {spec.rival}: it was "
                "fitted to MobileViT networks alone. Train with `evaluator=` training."
            )
        estimates = self.surrogate.predict([spec])
        return EstimatedResult(
            curve=(),
            device=self.surrogate.about.device,
            precision=self.surrogate.about.precision,
            expected_top1=float(estimates.top1[0]),
            low=float(estimates.low[0]),
            high=float(estimates.high[0]),
            error=float(estimates.error[0]),
            extrapolating=bool(estimates.extrapolating[0]),
            expected_seconds=float(estimates.seconds[0]),
        )


def surrogate_for(config: StudyConfig, space: SearchSpace) -> Surrogate:
    """Load the surrogate that estimates a study's accuracies, and check that it applies.

    It is the one with the name of the study's space, otherwise the shipped one.

    Raises:
        StudyError: it was made for another proxy or other images, or most networks of the space
            are unlike its training data.
        SurrogateError: it is damaged, or scikit-learn is not installed.
    """
    check_installed()
    surrogate = Surrogate.load(space.name if space.name in SURROGATES.names() else DEFAULT)
    check_no_rivals(config, title(surrogate))
    _check_applies(surrogate, config, space, otherwise=TRAIN)
    return surrogate


def prior_for(config: StudyConfig, space: SearchSpace) -> Surrogate | None:
    """Load the surrogate that a study names as its prior, None without one.

    Raises:
        StudyError: as those of ``surrogate_for``.
        SurrogateError: there is none of that name, it is damaged, or scikit-learn is not installed.
    """
    if config.prior is None:
        return None
    check_installed()
    surrogate = Surrogate.load(config.prior)
    _check_applies(surrogate, config, space, otherwise="leave `prior=` out")
    return surrogate


def _check_applies(
    surrogate: Surrogate, config: StudyConfig, space: SearchSpace, *, otherwise: str
) -> None:
    check_same_task(config, surrogate.about, title(surrogate), otherwise=otherwise)
    share, example = outside(surrogate, space)
    if share > MOST_OUTSIDE:
        raise StudyError(
            f"{title(surrogate)} was fitted to networks unlike {share:.0%} of those of the space "
            f"{space.name}: {example}. Search a space like {surrogate.about.space}, make a "
            f"surrogate of this one with `python -m nasbench_mvit surrogate build`, or {otherwise}."
        )


def title(surrogate: Surrogate) -> str:
    """Return the surrogate's name for messages."""
    return f"the surrogate {surrogate.about.name}"


def outside(surrogate: Surrogate, space: SearchSpace) -> tuple[float, str]:
    """Return the share of a space's networks outside the domain, and the reason for the first."""
    rng = np.random.default_rng(0)
    found = [surrogate.domain.outside(space.sample(rng)) for _ in range(DRAWN)]
    reasons = [reason for reason in found if reason is not None]
    return len(reasons) / DRAWN, reasons[0] if reasons else ""
