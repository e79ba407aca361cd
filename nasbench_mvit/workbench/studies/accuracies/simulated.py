"""Accuracies without trainings, on a simulated clock: from a table, or from a surrogate."""

from functools import cached_property

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.engines.contract import Executor
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.engines.simulated import SimulatedEngine
from nasbench_mvit.search.evaluators.proxy import Evaluator, ProxyEvaluator
from nasbench_mvit.search.evaluators.surrogate import SurrogateEvaluator, outside, surrogate_for
from nasbench_mvit.search.evaluators.table import TableEvaluator, table_for
from nasbench_mvit.search.results.exact_front import Exact, best_of_all, compare
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.workbench.shared.engines import MakeEngine
from nasbench_mvit.workbench.shared.words import duration

PERCENT = 100.0


class SimulatedAccuracies:
    """Answers at once, on a clock that advances by the time that trainings would take."""

    def __init__(
        self, evaluator: Evaluator, *, kind: str, workers: int, ray: RayOptions | None
    ) -> None:
        """Start the clock.

        Args:
            evaluator: answers.
            kind: its name in messages.
            workers: simulated trainings at once.
            ray: options of Ray; None if the trainings run on this machine.

        Raises:
            StudyError: Ray is asked to train.
        """
        self._kind = kind
        if ray is not None:
            raise StudyError(
                "Ray spreads trainings over machines, and this study's evaluator is a "
                f"{kind}. Run it with `evaluator=` training, or without Ray."
            )
        self._workers = workers
        self._engine = SimulatedEngine(evaluator, workers=workers)

    def trainer(self, finetune: int | None = None) -> ProxyEvaluator:
        """Refuse, since nothing is trained.

        Raises:
            StudyError: always.
        """
        del finetune
        raise StudyError(
            f"`finalists=` trains networks anew, and this study's evaluator is a {self._kind}. Run "
            "the study with `evaluator=` training, or leave `finalists=` out."
        )

    def engine(self, make_engine: MakeEngine) -> Executor:
        """Return an engine on a clock of its own."""
        del make_engine  # which trains
        return self._engine

    def clock(self) -> float:
        """Return the seconds of that clock."""
        return self._engine.seconds

    def closing_notes(self) -> list[str]:
        """Return the time on the simulated clock."""
        return [f"simulated clock: {duration(self._engine.seconds)} with workers: {self._workers}"]


class TabulatedAccuracies(SimulatedAccuracies):
    """Looks trainings up in the benchmark table of the space; an ``AccuracySource``."""

    def __init__(
        self,
        config: StudyConfig,
        candidates: Candidates,
        *,
        workers: int,
        ray: RayOptions | None,
    ) -> None:
        """Load the table.

        Raises:
            WorkbenchError: there is none, it does not answer what the study asks, or Ray is asked
                to train.
        """
        self._config = config
        self._candidates = candidates
        self._table = table_for(config, candidates.space)
        self._lookup = TableEvaluator(self._table)
        super().__init__(self._lookup, kind="table", workers=workers, ray=ray)

    def content(self) -> dict[str, str]:
        """Return the digests of the table and of the images behind it."""
        return {"table": self._table.digest, "images": self._table.about.images}

    def notes(self) -> list[str]:
        """Return a line that describes the table."""
        about = self._table.about
        line = (
            f"accuracies: the trainings kept in the table {about.name} ({len(self._table)} "
            f"networks, {about.device}, {about.precision}); nothing is trained, the clock is "
            "simulated from their seconds"
        )
        return [line]

    def exact(self, summary: Summary) -> Exact:
        """Return the front of all networks of the table."""
        return compare(self._best, summary)

    @cached_property
    def _best(self) -> Summary:
        return best_of_all(self._config, self._candidates, self._lookup.training)


class EstimatedAccuracies(SimulatedAccuracies):
    """Estimates accuracies by a surrogate; an ``AccuracySource``."""

    def __init__(
        self,
        config: StudyConfig,
        candidates: Candidates,
        *,
        workers: int,
        ray: RayOptions | None,
    ) -> None:
        """Load the surrogate.

        Raises:
            WorkbenchError: there is none, it cannot estimate what the study asks, or Ray is asked
                to train.
        """
        self._prunes = config.pruning is not None
        self._space = candidates.space
        self._surrogate = surrogate_for(config, candidates.space)
        evaluator = SurrogateEvaluator(self._surrogate)
        super().__init__(evaluator, kind="surrogate", workers=workers, ray=ray)

    def content(self) -> dict[str, str]:
        """Return the digests of the surrogate and of the images behind it."""
        return {"surrogate": self._surrogate.digest, "images": self._surrogate.about.images}

    def notes(self) -> list[str]:
        """Return lines that describe the surrogate, its errors and what it cannot do."""
        about = self._surrogate.about
        errors = "; ".join(
            f"{group.networks} of {name}, error {group.error * PERCENT:.1f} points, Kendall τ "
            f"{group.tau:.2f}"
            for name, group in about.groups.items()
        )
        described = (
            f"accuracies: ESTIMATED by the surrogate {about.name}; nothing is trained, the clock "
            f"is simulated from estimated seconds. Held out of the networks it has learnt from: "
            f"{errors}"
        )
        lines = [described]
        share, example = outside(self._surrogate, self._space)
        if share:
            lines.append(
                f"{share:.0%} of the networks of {self._space.name} are unlike those it has learnt "
                f"from (such as {example}); they are marked †"
            )
        if self._prunes:
            lines.append(
                "pruning: a surrogate estimates no learning curves, so rungs have nothing to "
                "compare and no training ends early"
            )
        return lines

    def exact(self, summary: Summary) -> None:
        """Return None: the front of a space that is estimated is not known."""
