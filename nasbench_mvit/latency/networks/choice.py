"""Selects networks of a space to measure, as training data of a predictor.

There are three kinds: a sample spread evenly over the latencies of another device's predictor,
where random networks would concentrate in the middle; sweeps that change one field of the base
network at a time, to isolate its effect; and the ends of the space, beyond which a predictor has to
extrapolate.
"""

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.axis import Axis
from nasbench_mvit.architecture.fields import Value
from nasbench_mvit.architecture.published import PROPOSED, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import MeasurementError, SpecError, listed
from nasbench_mvit.latency.records.plan import PlannedNetwork

RESOLUTION = "resolution"
DEFAULT_RESOLUTIONS = (160, 192, 224, 256)
POOL = 5_000  # drawn networks; fixed, so that a larger sample contains a smaller one
MAX_SAMPLE = POOL // 2
MAX_STEPS = 1_000

PredictMs = Callable[[Sequence[MobileViTSpec]], NDArray[np.float64]]


@dataclasses.dataclass(frozen=True)
class NetworkChoice:
    """Selects networks of one space.

    Attributes:
        space: the space.
        resolutions: sides of the input in pixels, of which every drawn network gets one; those of
            the space if it varies the resolution itself.
        predict_ms: a function that predicts the milliseconds of (S,) networks; it only has to
            spread them.
        seed: seed of the draws.
    """

    space: SearchSpace
    resolutions: tuple[int, ...]
    predict_ms: PredictMs
    seed: int

    def sample(self, count: int) -> list[PlannedNetwork]:
        """Return ``count`` networks evenly spread over the logarithm of predicted latency.

        A larger sample contains every smaller one. A smaller space gives all its networks.

        Raises:
            MeasurementError: ``count`` is too large.
        """
        if count > MAX_SAMPLE:
            raise MeasurementError(f"a sample may hold at most {MAX_SAMPLE} networks, got {count}.")
        pool = list({network.id: network for network in self._pool()}.values())
        places = spread(np.log(self.predict_ms(pool)), count)
        return [PlannedNetwork(spec=pool[place], origin="sample") for place in places]

    def _pool(self) -> Iterable[MobileViTSpec]:
        if self.space.size <= POOL:
            networks: Iterable[MobileViTSpec] = self.space.enumerate()
            return itertools.chain.from_iterable(map(self._at_resolutions, networks))
        rng = np.random.default_rng(self.seed)
        drawn = (self.space.sample(rng) if n % 2 else self._leaning(rng) for n in range(POOL))
        return (self._at_one(network, rng) for network in drawn)

    def _leaning(self, rng: np.random.Generator) -> MobileViTSpec:
        """Draw a network biased to the fastest or the slowest, which are rare."""
        ends = [self.space.assignment(end) for end in self._fastest_and_slowest]
        lean = rng.random()

        def choose(axis: Axis) -> Value:
            any_choice = axis.choices[int(rng.integers(len(axis.choices)))]
            end = ends[int(rng.random() < lean)]
            return end.get(axis.name, any_choice) if rng.random() < 0.5 else any_choice

        return self.space.assemble(choose)

    def _at_resolutions(self, network: MobileViTSpec) -> list[MobileViTSpec]:
        return [
            dataclasses.replace(network, resolution=side)
            for side in self.resolutions or (network.resolution,)
        ]

    def _at_one(self, network: MobileViTSpec, rng: np.random.Generator) -> MobileViTSpec:
        options = self._at_resolutions(network)
        return options[int(rng.integers(len(options)))]

    def sweeps(self) -> list[PlannedNetwork]:
        """Return the base network and all that differ from it in one choice or in resolution."""
        base = self._base()
        here = self.space.assignment(base)
        planned = [PlannedNetwork(spec=base, origin="base of the sweeps")]
        for network in self.space.neighbours(base):
            there = self.space.assignment(network)
            knob = next(name for name in here if there.get(name) != here[name])
            planned.append(PlannedNetwork(spec=network, origin=f"sweep of {knob}"))
        planned += [
            PlannedNetwork(spec=network, origin=f"sweep of {RESOLUTION}")
            for network in self._at_resolutions(base)
            if network != base
        ]
        return planned

    def _base(self) -> MobileViTSpec:
        """Return the base network, with middle choices where it is outside the space."""
        base = self.space.spec({})
        if self.space.contains(base):
            return base
        return self.space.assemble(lambda axis: axis.choices[len(axis.choices) // 2])

    def ends(self) -> list[PlannedNetwork]:
        """Return the published networks in the space, and the fastest and the slowest."""
        planned = [
            PlannedNetwork(spec=published(name), origin=name)
            for name in PROPOSED
            if self.space.contains(published(name))
        ]
        for origin, sign, end in zip(
            ("fastest", "slowest"), (1.0, -1.0), self._fastest_and_slowest, strict=True
        ):
            options = self._at_resolutions(end)
            best = int(np.argmin(sign * self.predict_ms(options)))
            planned.append(PlannedNetwork(spec=options[best], origin=origin))
        return planned

    @cached_property
    def _fastest_and_slowest(self) -> tuple[MobileViTSpec, MobileViTSpec]:
        """Return the fastest and the slowest network, at the space's resolution."""
        return self._climb(self._base(), 1.0), self._climb(self._base(), -1.0)

    def _climb(self, network: MobileViTSpec, sign: float) -> MobileViTSpec:
        """Return the local optimum of a hill climb from ``network``."""
        here = float(sign * self.predict_ms([network])[0])
        for _ in range(MAX_STEPS):
            around = list(self.space.neighbours(network))
            values = sign * self.predict_ms(around) if around else np.zeros(0)
            if not around or values.min() >= here:
                break
            network, here = around[int(values.argmin())], float(values.min())
        return network


def spread(values: NDArray[np.float64], count: int) -> list[int]:
    """Return indices into ``values`` (N,), each the farthest from those before it.

    The first two are the lowest and the highest. A longer list begins with a shorter one.
    """
    if not len(values):
        return []
    places = [int(values.argmin())]
    distance = np.abs(values - values[places[0]])
    while len(places) < min(count, len(values)):
        distance[places] = -1.0  # no index is repeated, even if all values are equal
        places.append(int(distance.argmax()))
        distance = np.minimum(distance, np.abs(values - values[places[-1]]))
    return places[:count]


def check_resolutions(space: SearchSpace, resolutions: Sequence[int] | None) -> tuple[int, ...]:
    """Return the resolutions to draw from; none if the space varies the resolution itself.

    Raises:
        MeasurementError: they are given although the space varies the resolution, or are invalid.
    """
    own = [axis for axis in space.axes if axis.name == RESOLUTION]
    if own:
        if resolutions:
            raise MeasurementError(
                f"the space {space.name} varies the resolution itself "
                f"({listed(own[0].choices)}). Leave out `resolutions=`."
            )
        return ()
    chosen = tuple(dict.fromkeys(resolutions or DEFAULT_RESOLUTIONS))
    for side in chosen:
        try:
            dataclasses.replace(space.spec({}), resolution=side)
        except SpecError as error:
            raise MeasurementError(f"`resolutions=`: {error}") from None
    return chosen
