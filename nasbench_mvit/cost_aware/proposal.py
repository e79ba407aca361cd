"""One proposal: a pool of candidates, and the one of them that promises most.

Axes: C candidates, T trials.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from nasbench_mvit.cost_aware.acquisition import Inputs, Knowledge, Promise
from nasbench_mvit.cost_aware.candidates import ENUMERABLE, LISTABLE, Pool
from nasbench_mvit.cost_aware.encoding import Encoding, Parameters

Floats = NDArray[np.float64]

NUM_DRAWN = 300
NUM_CHANGED = 400
NUM_PARENTS = 24
NUM_ROUNDS = 2  # of changing the best candidates
NUM_IMPROVED = 150
MAX_REPAIRS = 8
MAX_ENTRANCES = 3  # trials that show what a branch asks for, or fail to
MIN_DONE = 4  # finished trials that a model needs
NEAR = 0.25  # of a range


def propose(known: Knowledge, rng: np.random.Generator, *, among: int = 1) -> Parameters:
    """Return the parameters of the next trial.

    Args:
        known: all that it rests on.
        rng: draws.
        among: of how many that promise most one is drawn.
    """
    trials, distributions = known.trials, known.trials.distributions
    pool = Pool(trials.conditions, distributions, seen=trials.seen)
    everything = pool.all(ENUMERABLE)
    found = pool.unseen(pool.draw(NUM_DRAWN, rng) if everything is None else everything)
    if not found and everything is None:
        found = _rest(pool, rng)
    if entrances := _unentered(known, found):
        return entrances[int(rng.integers(len(entrances)))]
    candidates = known.beforehand.kept(found)
    if everything is None and found and not candidates:
        found, candidates = _repaired(known, pool, found, rng)
    if not candidates:
        return _makeshift(known, found or everything or pool.draw(NUM_DRAWN, rng), rng)
    encoding = Encoding(distributions, optional=pool.optional)
    if _is_start(known):
        return _farthest(known, encoding, candidates, rng, among)
    promise = Promise(known, encoding)
    scores = promise(candidates)
    if everything is None:
        candidates, scores = _improved(known, pool, promise, (candidates, scores), rng)
    return candidates[_one_of_best(scores, rng, among)]


def _improved(
    known: Knowledge,
    pool: Pool,
    promise: Promise,
    drawn: tuple[list[Parameters], Floats],
    rng: np.random.Generator,
) -> tuple[list[Parameters], Floats]:
    """Return candidates with what they promise, those beside the drawn that come of changing."""
    candidates, scores = drawn
    parents, count = promise.leaders(NUM_PARENTS), NUM_CHANGED
    for _ in range(1 + NUM_ROUNDS):
        changed = known.beforehand.kept(pool.unseen(pool.change(parents, count, rng)))
        if changed:
            candidates = candidates + changed
            scores = np.concatenate([scores, promise(changed)])
        parents = [candidates[place] for place in np.argsort(-scores)[:NUM_PARENTS]]
        count = NUM_IMPROVED
    return candidates, scores


def _one_of_best(scores: Floats, rng: np.random.Generator, among: int) -> int:
    """Return the place of the best score, or of one of the best."""
    if among == 1:
        return int(np.argmax(scores))
    return int(rng.choice(np.argsort(-scores, kind="stable")[:among]))


def _rest(pool: Pool, rng: np.random.Generator) -> list[Parameters]:
    """Return some of what is left of a space that was tried nearly whole."""
    rest = pool.unseen(pool.all(LISTABLE) or [])
    order = rng.permutation(len(rest))[:ENUMERABLE]
    return [rest[place] for place in order]


def _unentered(known: Knowledge, found: Sequence[Parameters]) -> list[Parameters]:
    """Return the ways into branches of which nobody knows what they ask for.

    A branch in which trials end before they have shown that is given up after some.
    """
    ways = known.beforehand.unknown(found)
    if not ways:
        return []
    tried = [trial.params.items() for trial in known.trials.all if trial.params]
    return [
        way
        for way in ways
        if sum(way.items() <= t or t <= way.items() for t in tried) < MAX_ENTRANCES
    ]


def _is_start(known: Knowledge) -> bool:
    """Say whether it is too early to learn; trials that were stopped have shown the space too."""
    needed = max(1, min(MIN_DONE, known.num_startup))
    return len(known.trials.ended) < known.num_startup or len(known.done) < needed


def _repaired(
    known: Knowledge, pool: Pool, found: list[Parameters], rng: np.random.Generator
) -> tuple[list[Parameters], list[Parameters]]:
    """Change assignments that break the constraints until some keep them.

    Returns:
        The assignments that break them least, and those that keep them.
    """
    for _ in range(MAX_REPAIRS):
        order = np.argsort(known.beforehand.excess(found), kind="stable")
        found = [found[place] for place in order[:NUM_PARENTS]]
        changed = pool.unseen(pool.change(found, NUM_DRAWN, rng))
        if kept := known.beforehand.kept(changed):
            return found, kept
        found += changed
    return found, []


def _makeshift(
    known: Knowledge, choices: Sequence[Parameters], rng: np.random.Generator
) -> Parameters:
    """Return the least bad of what breaks constraints or was tried before, drawn if several are."""
    excess_C = known.beforehand.excess(choices)
    least = np.flatnonzero(excess_C == excess_C.min())
    return choices[int(rng.choice(least))]


def _farthest(
    known: Knowledge,
    encoding: Encoding,
    candidates: Sequence[Parameters],
    rng: np.random.Generator,
    among: int,
) -> Parameters:
    """Return the candidate least like all that was tried, in parameters and cheap objectives.

    In each of them a distance counts little beyond ``NEAR``: else the corners of the space would
    be tried first and what lies between its ends last.
    """
    order = rng.permutation(len(candidates))  # so that ties are broken by the seed
    shuffled: list[Parameters] = [candidates[place] for place in order]
    tried = known.tried
    if not tried:
        return shuffled[0]
    inputs = Inputs(known.beforehand, encoding, [*tried, *shuffled])
    tried_TF, _ = inputs(tried)
    candidates_CF, _ = inputs(shuffled)
    unlike_CT = np.zeros((len(shuffled), len(tried_TF)))
    for owner in np.unique(inputs.owners_F):
        own = inputs.owners_F == owner
        squares_CT = cdist(candidates_CF[:, own], tried_TF[:, own], "sqeuclidean")
        unlike_CT += 1 - np.exp(-0.5 * squares_CT / NEAR**2)
    return shuffled[_one_of_best(unlike_CT.min(axis=1), rng, among)]
