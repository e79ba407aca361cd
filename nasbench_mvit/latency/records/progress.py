"""How far a measurement is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MeasurementProgress:
    """The progress of the passes.

    Attributes:
        visits: number of accepted measurements of candidates.
        total: their final number, one for each network and pass.
        rejected: reasons why blocks were rejected, by block number.
        failed: reasons why networks could not be timed, by id; they are given up.
        unsettled: ids of networks given up since their blocks were rejected repeatedly.
    """

    visits: int
    total: int
    rejected: dict[int, str]
    failed: dict[str, str]
    unsettled: frozenset[str]
