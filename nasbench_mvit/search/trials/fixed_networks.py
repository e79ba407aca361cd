"""The networks that every run of a study trains, independent of its sampler."""

from collections.abc import Iterator
from dataclasses import dataclass

from nasbench_mvit.architecture.network import Network, known_network
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import Role


@dataclass(frozen=True)
class Fixed:
    """A network to train, its role and its number of seeds."""

    name: str
    network: Network
    role: Role
    count: int


def fixed_networks(config: StudyConfig) -> Iterator[Fixed]:
    """Yield the published networks, then the rivals."""
    for name, count in config.baselines.items():
        yield Fixed(name, known_network(name, config.proxy.task), Role.BASELINE, count)
    for name, count in config.rivals.items():
        yield Fixed(name, known_network(name, config.proxy.task), Role.RIVAL, count)
