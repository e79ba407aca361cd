"""TaskOnImages: what a ``FullTask`` says of its images, whatever their task."""

from collections.abc import Sized
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class TrainedOn(Protocol):
    """Images to train on and to validate, of one source."""

    @property
    def train(self) -> Sized:
        """Images to train on."""
        ...

    @property
    def val(self) -> Sized:
        """Images to validate."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name for each class."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes with the images."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines on the images."""
        ...

    @property
    def num_val_seen(self) -> int:
        """Validation images that the initial weights were trained on."""
        ...


Images = TypeVar("Images", bound=TrainedOn)


@dataclass(frozen=True)
class TaskOnImages(Generic[Images]):
    """The part of a ``FullTask`` that follows from its images."""

    images: Images

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name for each class."""
        return self.images.class_names

    @property
    def num_images(self) -> int:
        """Images to train on."""
        return len(self.images.train)

    @property
    def num_val(self) -> int:
        """Images to validate."""
        return len(self.images.val)

    @property
    def num_val_seen(self) -> int:
        """Validation images that the initial weights were trained on."""
        return self.images.num_val_seen

    @property
    def fingerprint(self) -> str:
        """Changes with the images."""
        return self.images.fingerprint

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines on the images."""
        return self.images.notes
