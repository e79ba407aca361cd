"""FullRecipe: how a network is trained in full, by default as the paper does (§4.1); no torch.

The defaults are those of the paper and of the first release of its code (ml-cvnets
``config/classification/mobilevit_*.yaml``): 300 epochs of ImageNet-1k, 8 GPUs with 128 images each.
``defaults`` adapts those that are not set to few images, and to trained weights.
"""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from nasbench_mvit.architecture.heads import USUAL_RESOLUTION, Task
from nasbench_mvit.errors import TrainingError
from nasbench_mvit.io.validation import validate
from nasbench_mvit.training.common.multiscale import BASE_SIZE, PAPER_SIZES, MultiScaleSampler

BACKBONE = "backbone"
# Fields that came after recipes had been written down: at their defaults they are left out, so that
# an older recipe keeps its id, and with it its checkpoints.
ADDED_LATER = ("batchnorm_momentum", "freeze", "backbone_rate")
# Fields whose defaults are adapted to few images.
ADAPTED = (
    "batch_size",
    "device_batch",
    "initial_rate",
    "peak_rate",
    "final_rate",
    "warmup_updates",
    "ema_decay",
    "batchnorm_momentum",
)

Size = Annotated[int, Field(ge=32, le=1024)]
Rate = Annotated[float, Field(gt=0, le=1)]
Frozen = Annotated[Literal["0", "1", "2", "3", "4", "5", "backbone"], BeforeValidator(str)]


class FullRecipe(BaseModel):
    """A full training. Sizes are sides of square images in pixels.

    Values that are set are kept, ``model_fields_set`` tells them from defaults; together they are
    checked again once the defaults are known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    epochs: int = Field(default=300, ge=1, le=100_000, description="passes over the images")
    batch_size: int = Field(
        default=1024,
        ge=2,
        le=2**20,
        description="images of base_size in an update, over all devices",
    )
    device_batch: int = Field(
        default=128,
        ge=2,
        le=2**16,
        description="images of base_size a device takes at once; batch normalisation sees these. "
        "Gradients are accumulated until batch_size is reached",
    )
    sizes: tuple[Size, ...] = Field(
        default=PAPER_SIZES,
        min_length=1,
        description="sizes an update draws from, each with as many images as give the pixels of "
        "base_size; one alone is the standard sampler",
    )
    base_size: Size = Field(default=BASE_SIZE, description="size at which the batches are stated")
    initial_rate: Rate = Field(default=2e-4, description="learning rate of the first update")
    peak_rate: Rate = Field(default=2e-3, description="learning rate after the warm-up")
    final_rate: Rate = Field(default=2e-4, description="where the cosine ends")
    warmup_updates: int = Field(
        default=3000, ge=0, le=10_000_000, description="updates in which the rate rises linearly"
    )
    weight_decay: float = Field(
        default=0.01, ge=0, le=10, description="decoupled weight decay on all parameters"
    )
    label_smoothing: float = Field(
        default=0.1, ge=0, lt=1, description="probability spread evenly over all classes"
    )
    ema_decay: float = Field(
        default=0.9995,
        ge=0,
        lt=1,
        description="share the average of the weights, which is what is evaluated, keeps at an "
        "update; 0 evaluates the weights themselves",
    )
    min_crop: float = Field(
        default=0.08,
        gt=0,
        le=1,
        description="smallest share of an image's area that a random resized crop keeps",
    )
    eval_resize: Size = Field(default=288, description="short side of an image to evaluate on")
    eval_size: Size = Field(default=256, description="centre crop of it")
    batchnorm_momentum: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="share of the newest images in the statistics that an evaluation normalises "
        "with",
    )
    freeze: Frozen = Field(
        default="0",
        description="for trained weights: parts that keep their weights and statistics, the stem "
        "and this many stages (1 to 5), or the backbone, which is all but the head",
    )
    backbone_rate: Rate = Field(
        default=1.0,
        description="for trained weights: factor on the learning rate of all but the head",
    )

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        given = self.model_fields_set
        if {"batch_size", "device_batch"} <= given and self.batch_size % self.device_batch:
            lower = max(1, self.batch_size // self.device_batch) * self.device_batch
            raise ValueError(
                f"batch_size must be a multiple of device_batch: {self.batch_size} is none of "
                f"{self.device_batch}. The nearest are {lower} and {lower + self.device_batch}"
            )
        if {"eval_size", "eval_resize"} <= given and self.eval_size > self.eval_resize:
            raise ValueError(
                f"a centre crop of {self.eval_size} px does not fit an image of "
                f"{self.eval_resize}. Raise eval_resize or lower eval_size"
            )
        others = {
            name: getattr(self, name) for name in ("initial_rate", "final_rate") if name in given
        }
        if max(others.values(), default=0) > self.peak_rate:
            shown = " and ".join(f"{name} {rate}" for name, rate in others.items())
            raise ValueError(
                f"peak_rate must be the largest rate, got {self.peak_rate} beside {shown}. Raise "
                "it, or lower the others"
            )
        return self

    @model_serializer(mode="wrap")
    def _without_later_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        return {
            name: value
            for name, value in handler(self).items()
            if name not in ADDED_LATER or value != fields[name].default
        }

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Self:
        """Return the recipe with values as a command line has them, several separated by commas.

        Raises:
            TrainingError: a value is not valid, or does not go with the others.
        """
        values = {
            name: text.split(",") if isinstance(cls.model_fields[name].default, tuple) else text
            for name, text in texts.items()
        }
        return validate(values, cls, TrainingError, where="the recipe", strict=False)

    @property
    def shards(self) -> int:
        """Number of passes of ``device_batch`` images in an update, over all devices."""
        return self.batch_size // self.device_batch

    @property
    def sampler(self) -> MultiScaleSampler:
        """The sampler that plans the image sizes and batches of a shard."""
        return MultiScaleSampler(
            base_batch=self.device_batch, sizes=self.sizes, base_size=self.base_size
        )

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits, equal for equal recipes."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def _with_boxes_or_masks(size: int, epochs: int) -> FullRecipe:
    """Return the paper's recipe to detect (§4.2) or to segment (§4.3).

    Its batches, warm-up and ends of the cosine are those of the first release of ml-cvnets
    (``config/detection/ssd_mobilevit_*``, ``config/segmentation/deeplabv3_mobilevit_*``).
    """
    return FullRecipe(
        epochs=epochs,
        batch_size=128,
        device_batch=32,
        sizes=(size,),
        base_size=size,
        initial_rate=9e-5,
        peak_rate=9e-4,
        final_rate=1e-6,
        warmup_updates=500,
        eval_resize=size,
        eval_size=size,
    )


PAPER: Mapping[Task, FullRecipe] = {
    "classification": FullRecipe(),
    "detection": _with_boxes_or_masks(USUAL_RESOLUTION["detection"], epochs=200),
    "segmentation": _with_boxes_or_masks(USUAL_RESOLUTION["segmentation"], epochs=50),
}
OF_LABELS = ("label_smoothing", "min_crop", "eval_resize")
#: Fields that play no part for a task.
UNUSED: Mapping[Task, tuple[str, ...]] = {
    "classification": (), "detection": OF_LABELS, "segmentation": OF_LABELS,
}  # fmt: skip
