"""Trained weights that a network starts from: a file, or published ones by name.

Whatever their source, the network takes RGB images with values from 0 to 1: weights that expect BGR
get the input channels of their first convolution flipped.
"""

from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor, nn

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.weights.checkpoint import CLASSIFIER, Notes
from nasbench_mvit.models.weights.convert import differing_keys, empty_state
from nasbench_mvit.models.weights.loading import (
    LoadedWeights,
    load_weights,
    other_network,
    taking_rgb,
)
from nasbench_mvit.models.weights.preprocessing import OWN, PREPROCESSING
from nasbench_mvit.models.weights.state_dicts import digest_of
from nasbench_mvit.training.full.parts import HEADS


@dataclass(frozen=True, kw_only=True, eq=False)
class InitialWeights:
    """Trained weights of a network.

    Attributes:
        name: the file, or their name.
        title: what they are.
        spec: the network.
        state: state dict of ``build_model(spec, num_classes)``.
        remarks: what was chosen or changed while reading, a sentence each.
        notes: what else their file says.
    """

    name: str
    title: str
    spec: MobileViTSpec
    state: dict[str, Tensor]
    remarks: tuple[str, ...] = ()
    notes: Notes = field(default_factory=Notes)

    @property
    def num_classes(self) -> int:
        """Outputs of their classifier."""
        return len(self.state[CLASSIFIER])

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of the weights."""
        return digest_of(self.state)[:16]

    def describe(self, num_classes: int) -> str:
        """Return a description of the start of a training on ``num_classes`` classes."""
        head = "its classifier too"
        if num_classes != self.num_classes:
            head = f"a new classifier of {num_classes:,} classes replaces that of "
            head += f"{self.num_classes:,}"
        return "; ".join([f"{self.title}, {self.name}", head, *self.remarks])

    def check(self, spec: MobileViTSpec) -> None:
        """Check that they are those of a network.

        Raises:
            WeightsError: they are not.
        """
        shapes = {key: tuple(value.shape) for key, value in empty_state(spec, 1).items()}
        shapes = {key: shape for key, shape in shapes.items() if not key.startswith(HEADS)}
        problem = other_network(self.name, self.spec, spec)
        if problem and differing_keys(without_head(self.state), shapes):
            raise problem

    def load_into(self, model: nn.Module, num_classes: int) -> None:
        """Give a network of ``num_classes`` these weights; a classifier of another size stays."""
        state = self.state if num_classes == self.num_classes else without_head(self.state)
        model.load_state_dict(state, strict=False)


def open_initial(
    init: str | Path,
    *,
    source: str | None = None,
    part: str | None = None,
    spec: MobileViTSpec | None = None,
    task: Task | None = "classification",
) -> InitialWeights:
    """Return the weights of a file, of a repository on the Hugging Face Hub, or of timm.

    Args:
        init: the path of a file, "hf:OWNER/NAME" or "timm:NAME".
        source: origin of the weights; None to recognise it by the names of the weights.
        part: which of several sets of weights in the file.
        spec: the network, where the file does not name it.
        task: what their network must do; None for any task.

    Raises:
        WeightsError: there are no such weights, or they are not of a MobileViT of that task.
    """
    loaded = load_weights(init, source=source, part=part, spec=spec, task=task)
    model = taking_rgb(loaded.model, PREPROCESSING[loaded.source].channels)
    return InitialWeights(
        name=str(init),
        title=loaded.title,
        spec=loaded.spec,
        state=model.state_dict(),
        remarks=loaded.remarks + _remark_on_split(init, loaded),
        notes=loaded.notes,
    )


def _remark_on_split(init: str | Path, loaded: LoadedWeights) -> tuple[str, ...]:
    """Return a remark on weights of this package that do not record their training images."""
    if loaded.source != OWN or loaded.notes.images is not None:
        return ()
    which = "does not say which images it was trained on: validation images may be among them"
    return (f"{init} {which}",)


def without_head(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of all but the classifier or the head of a task."""
    return {key: value for key, value in state.items() if not key.startswith(HEADS)}
