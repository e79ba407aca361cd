"""What an export can be asked for, checked before torch loads."""

from pathlib import Path
from typing import Final, Literal

from nasbench_mvit.errors import ExportError, check_type, unknown
from nasbench_mvit.export.interface import PRECISIONS, Precision

PROXY: Final = "proxy"
RANDOM: Final = "random"

Origin = Literal["study", "spec", "weights"]

__all__ = ["PROXY", "RANDOM", "Origin", "Precision", "check_choices"]


def check_choices(
    origin: Origin, *, weights: str | Path, precision: str, names_classes: bool, names_data: bool
) -> None:
    """Refuse a precision that there is not, and weights that the network cannot have.

    Args:
        origin: where the network comes from; "weights" is that of these.
        weights: "proxy", "random", a file or a name.
        precision: precision of the files to write.
        names_classes: whether the classes of the logits are named.
        names_data: whether images to check with are named.

    Raises:
        ExportError: the choices do not go together.
    """
    rule = "`weights=` must be proxy, random, a file or a name, as text or a Path"
    check_type(weights, (str, Path), rule, ExportError)
    if precision not in PRECISIONS:
        raise ExportError(unknown("precision", precision, PRECISIONS))
    if origin == "weights" and weights in {PROXY, RANDOM}:
        raise ExportError(
            f"`weights=` is {weights}, which names no network. Name one: a trial of a study, a "
            "published network or a spec.json; or give a file of weights, hf:OWNER/NAME or "
            "timm:NAME, which have their own."
        )
    if weights != PROXY:
        return
    if origin != "study":
        raise ExportError(
            "`weights=` proxy trains as a study does. Take the network from a trial of a study (S, "
            "XS and XXS are its trials 0, 1 and 2), or give random, a file, hf:OWNER/NAME or "
            "timm:NAME."
        )
    for name, is_given in (("data", names_data), ("classes", names_classes)):
        if is_given:
            raise ExportError(
                "`weights=` proxy trains and checks on the study's own images and classes. Leave "
                f"`{name}=` out."
            )
