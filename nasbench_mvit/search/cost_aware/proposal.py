"""One proposal: a pool of candidates, and the one of them that promises most.

Axes: C candidates, T trials.
"""

from collections.abc import Sequence

import numpy as np
from scipy.spatial.distance import cdist

from nasbench_mvit.search.cost_aware.encoding import Encoding, Parameters
from nasbench_mvit.search.cost_aware.pool import Pool
from nasbench_mvit.search.cost_aware.promise import Inputs, Knowledge, Promise

NUM_DRAWN = 300
NUM_CHANGED = 400
NUM_PARENTS = 24
NUM_ROUNDS = 2  # of changing the best candidates
NUM_IMPROVED = 150
MAX_REPAIRS = 8
MIN_DONE = 4  # finished trials that a model needs
NEAR = 0.25  # of a range


def propose(known: Knowledge, rng: np.random.Generator) -> Parameters:
    """Return the parameters of the next trial."""
    pool = Pool(known.ended or known.running, known.distributions, known.running)
    everything = pool.all()
    found = pool.unseen(pool.draw(NUM_DRAWN, rng) if everything is None else everything)
    candidates = known.beforehand.kept(found)
    if everything is None and found and not candidates:
        found, candidates = _repaired(known, pool, found, rng)
    if not candidates:
        return _makeshift(known, found or everything or pool.draw(NUM_DRAWN, rng), rng)
    encoding = Encoding(known.distributions, optional=pool.optional)
    if _is_start(known):
        return _farthest(known, encoding, candidates, rng)
    promise = Promise(known, encoding)
    scores = promise(candidates)
    if everything is not None:
        return candidates[int(np.argmax(scores))]
    parents, count = promise.leaders(NUM_PARENTS), NUM_CHANGED
    for _ in range(1 + NUM_ROUNDS):
        changed = known.beforehand.kept(pool.unseen(pool.change(parents, count, rng)))
        if changed:
            candidates += changed
            scores = np.concatenate([scores, promise(changed)])
        parents = [candidates[place] for place in np.argsort(-scores)[:NUM_PARENTS]]
        count = NUM_IMPROVED
    return candidates[int(np.argmax(scores))]


def _is_start(known: Knowledge) -> bool:
    """Say whether it is too early to learn; trials that were stopped have shown the space too."""
    needed = max(1, min(MIN_DONE, known.num_startup))
    return len(known.ended) < known.num_startup or len(known.done) < needed


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
) -> Parameters:
    """Return the candidate least like all that was tried, in parameters and cheap objectives.

    In each of them a distance counts little beyond ``NEAR``: else the corners of the space would
    be tried first and what lies between its ends last.
    """
    order = rng.permutation(len(candidates))  # so that ties are broken by the seed
    shuffled: list[Parameters] = [candidates[place] for place in order]
    inputs = Inputs(known.beforehand, encoding, [*known.tried, *shuffled])
    tried_TF, _ = inputs(known.tried)
    candidates_CF, _ = inputs(shuffled)
    unlike_CT = np.zeros((len(shuffled), len(tried_TF)))
    for owner in np.unique(inputs.owners_F):
        own = inputs.owners_F == owner
        squares_CT = cdist(candidates_CF[:, own], tried_TF[:, own], "sqeuclidean")
        unlike_CT += 1 - np.exp(-0.5 * squares_CT / NEAR**2)
    return shuffled[int(np.argmax(unlike_CT.min(axis=1)))]
