"""Trained weights that a network starts from: a file, or published ones by name.

Whatever their source, the network takes RGB images with values from 0 to 1: weights that expect BGR
get the input channels of their first convolution flipped.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import WeightsError
from nasbench_mvit.models.checkpoint import CLASSIFIER
from nasbench_mvit.models.loading import load_weights, taking_rgb
from nasbench_mvit.models.preprocessing import OWN, PREPROCESSING
from nasbench_mvit.models.weights import (
    channels_flipped,
    check_shapes,
    convert,
    empty_state,
    identify,
)
from nasbench_mvit.training.full.parts import HEAD
from nasbench_mvit.training.full.published_weights import HUB, TIMM, from_timm, hub_file


@dataclass(frozen=True, kw_only=True, eq=False)
class InitialWeights:
    """Trained weights of a network.

    Attributes:
        title: what they are, and where they come from.
        spec: the network.
        state: of ``build_model(spec, num_classes)``.
    """

    title: str
    spec: MobileViTSpec
    state: dict[str, Tensor]

    @property
    def num_classes(self) -> int:
        """Outputs of their classifier."""
        return len(self.state[CLASSIFIER])

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of the weights."""
        digest = hashlib.sha256()
        for name in sorted(self.state):
            digest.update(name.encode())
            digest.update(self.state[name].contiguous().numpy().tobytes())
        return digest.hexdigest()[:16]

    def describe(self, num_classes: int) -> str:
        """Return what a training on so many classes starts from, in words."""
        if num_classes == self.num_classes:
            return f"{self.title}, classifier too"
        return (
            f"{self.title}; its classifier of {self.num_classes:,} classes is replaced by a new "
            f"one of {num_classes:,}"
        )

    def check(self, spec: MobileViTSpec) -> None:
        """Check that they are those of a network.

        Raises:
            WeightsError: they are not.
        """
        shapes = {key: tuple(value.shape) for key, value in empty_state(spec, 1).items()}
        shapes = {key: shape for key, shape in shapes.items() if not key.startswith(HEAD)}
        try:
            check_shapes(_without_head(self.state), shapes, f"the network {spec.id}")
        except WeightsError as problem:
            raise WeightsError(
                f"{problem} Leave --network out to train the network of the weights, {self.title}."
            ) from None

    def load_into(self, model: nn.Module, num_classes: int) -> None:
        """Give a network of ``num_classes`` these weights; a classifier of another size stays."""
        state = self.state if num_classes == self.num_classes else _without_head(self.state)
        model.load_state_dict(state, strict=False)


def open_initial(init: str | Path, source: str | None = None) -> InitialWeights:
    """Return the weights of a file, of a repository on the Hugging Face Hub, or of timm.

    Args:
        init: the path of a file, "hf:OWNER/NAME" or "timm:NAME".
        source: who wrote them: "nasbench_mvit", "transformers", "timm" or "ml-cvnets"; None to
            tell it by the names of the weights.

    Raises:
        WeightsError: there are no such weights, or they are not of a MobileViT.
    """
    name = str(init)
    if name.startswith(TIMM):
        return _converted(from_timm(name), source or "timm", name)
    path = hub_file(name) if name.startswith(HUB) else Path(init)
    return _of_file(path, source, name)


def _of_file(path: Path, source: str | None, name: str) -> InitialWeights:
    found = load_weights(path, source=source)
    model = taking_rgb(found.model, PREPROCESSING[found.source].channels)
    whose = "weights" if found.source == OWN else found.title
    return InitialWeights(title=f"{whose} of {name}", spec=found.spec, state=model.state_dict())


def _converted(state: dict[str, Tensor], source: str, name: str) -> InitialWeights:
    network, _ = identify(state, source)
    own = convert(state, source)
    if PREPROCESSING[source].channels == "bgr":
        own = channels_flipped(own)
    title = f"{FIGURES[network].title} of {source}, {name}"
    return InitialWeights(title=title, spec=published(network), state=own)


def _without_head(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key: value for key, value in state.items() if not key.startswith(HEAD)}
