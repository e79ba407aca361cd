"""One proposal: a pool of candidates, and the one with the largest acquisition.

Axes: C candidates, T trials.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from nasbench_mvit.cost_aware.acquisition import Acquisition, Inputs, SearchState
from nasbench_mvit.cost_aware.candidates import ENUMERABLE, LISTABLE, Pool
from nasbench_mvit.cost_aware.encoding import Encoding, Parameters

Floats = NDArray[np.float64]

NUM_DRAWN = 300
NUM_MUTATED = 400
NUM_PARENTS = 24
NUM_ROUNDS = 2  # of mutating the best candidates
NUM_REFINED = 150
MAX_REPAIRS = 8
MAX_BRANCH_TRIALS = 3  # trials that may fail to reveal the parameters of a branch
MIN_DONE = 4  # finished trials that a model needs
NEAR = 0.25  # distance as a share of the range


def propose(state: SearchState, rng: np.random.Generator, *, num_best: int = 1) -> Parameters:
    """Return the parameters of the next trial.

    Args:
        state: the observations and settings of the study.
        rng: the random number generator.
        num_best: how many of the best candidates one is drawn from.
    """
    trials, distributions = state.trials, state.trials.distributions
    pool = Pool(trials.conditions, distributions, seen=trials.seen)
    everything = pool.all(ENUMERABLE)
    found = pool.unseen(pool.draw(NUM_DRAWN, rng) if everything is None else everything)
    if not found and everything is None:
        found = _remaining(pool, rng)
    if entries := _branch_entries(state, found):
        return entries[int(rng.integers(len(entries)))]
    candidates = state.cheap.feasible(found)
    if everything is None and found and not candidates:
        found, candidates = _repair(state, pool, found, rng)
    if not candidates:
        return _least_infeasible(state, found or everything or pool.draw(NUM_DRAWN, rng), rng)
    encoding = Encoding(distributions, optional=pool.optional)
    if _is_startup(state):
        return _farthest(state, encoding, candidates, rng, num_best)
    acquisition = Acquisition(state, encoding)
    scores = acquisition(candidates)
    if everything is None:
        candidates, scores = _with_mutations(state, pool, acquisition, (candidates, scores), rng)
    return candidates[_one_of_best(scores, rng, num_best)]


def _with_mutations(
    state: SearchState,
    pool: Pool,
    acquisition: Acquisition,
    drawn: tuple[list[Parameters], Floats],
    rng: np.random.Generator,
) -> tuple[list[Parameters], Floats]:
    """Return the drawn candidates and their mutations, with their acquisition values."""
    candidates, scores = drawn
    parents, count = acquisition.least_dominated(NUM_PARENTS), NUM_MUTATED
    for _ in range(1 + NUM_ROUNDS):
        changed = state.cheap.feasible(pool.unseen(pool.mutate(parents, count, rng)))
        if changed:
            candidates = candidates + changed
            scores = np.concatenate([scores, acquisition(changed)])
        parents = [candidates[place] for place in np.argsort(-scores)[:NUM_PARENTS]]
        count = NUM_REFINED
    return candidates, scores


def _one_of_best(scores: Floats, rng: np.random.Generator, num_best: int) -> int:
    """Return the index of the best score, or of one of the ``num_best`` best."""
    if num_best == 1:
        return int(np.argmax(scores))
    return int(rng.choice(np.argsort(-scores, kind="stable")[:num_best]))


def _remaining(pool: Pool, rng: np.random.Generator) -> list[Parameters]:
    """Return untried assignments of a space that was tried almost completely."""
    rest = pool.unseen(pool.all(LISTABLE) or [])
    order = rng.permutation(len(rest))[:ENUMERABLE]
    return [rest[place] for place in order]


def _branch_entries(state: SearchState, found: Sequence[Parameters]) -> list[Parameters]:
    """Return assignments that enter branches whose parameters are unknown.

    A branch is given up after ``MAX_BRANCH_TRIALS`` trials that ended before they revealed them.
    """
    ways = state.cheap.incomplete(found)
    if not ways:
        return []
    tried = [trial.params.items() for trial in state.trials.all if trial.params]
    return [
        way
        for way in ways
        if sum(way.items() <= t or t <= way.items() for t in tried) < MAX_BRANCH_TRIALS
    ]


def _is_startup(state: SearchState) -> bool:
    """Return whether there are too few trials to fit models; stopped trials count as well."""
    needed = max(1, min(MIN_DONE, state.num_startup))
    startup = needed if state.estimates.objectives else state.num_startup
    return len(state.trials.ended) < startup or len(state.done) < needed


def _repair(
    state: SearchState, pool: Pool, found: list[Parameters], rng: np.random.Generator
) -> tuple[list[Parameters], list[Parameters]]:
    """Mutate infeasible assignments until some are feasible.

    Returns:
        The assignments with the smallest violation, and the feasible ones.
    """
    for _ in range(MAX_REPAIRS):
        order = np.argsort(state.cheap.excess(found), kind="stable")
        found = [found[place] for place in order[:NUM_PARENTS]]
        changed = pool.unseen(pool.mutate(found, NUM_DRAWN, rng))
        if feasible := state.cheap.feasible(changed):
            return found, feasible
        found += changed
    return found, []


def _least_infeasible(
    state: SearchState, choices: Sequence[Parameters], rng: np.random.Generator
) -> Parameters:
    """Return an assignment with the smallest constraint violation, drawn among equal ones."""
    excess_C = state.cheap.excess(choices)
    least = np.flatnonzero(excess_C == excess_C.min())
    return choices[int(rng.choice(least))]


def _farthest(
    state: SearchState,
    encoding: Encoding,
    candidates: Sequence[Parameters],
    rng: np.random.Generator,
    num_best: int,
) -> Parameters:
    """Return the candidate that is farthest from all tried ones.

    Distances are over parameters and cheap objectives and saturate beyond ``NEAR``: otherwise the
    corners of the space would be tried first and its interior last.
    """
    order = rng.permutation(len(candidates))  # breaks ties by the seed
    shuffled: list[Parameters] = [candidates[place] for place in order]
    tried = state.tried
    if not tried:
        return shuffled[0]
    inputs = Inputs(state.cheap, encoding, [*tried, *shuffled])
    tried_TF, _ = inputs(tried)
    candidates_CF, _ = inputs(shuffled)
    unlike_CT = np.zeros((len(shuffled), len(tried_TF)))
    for owner in np.unique(inputs.owners_F):
        own = inputs.owners_F == owner
        squares_CT = cdist(candidates_CF[:, own], tried_TF[:, own], "sqeuclidean")
        unlike_CT += 1 - np.exp(-0.5 * squares_CT / NEAR**2)
    return shuffled[_one_of_best(unlike_CT.min(axis=1), rng, num_best)]
