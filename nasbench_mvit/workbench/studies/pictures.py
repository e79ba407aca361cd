"""Held-out images with what a trained network found on them; no torch."""

from dataclasses import dataclass

import numpy as np

from nasbench_mvit.errors import DataError
from nasbench_mvit.figures.found import Marks, Picture
from nasbench_mvit.io import png
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.training.images.annotated.annotated_image import (
    BACKGROUND,
    IGNORED,
    AnnotatedData,
    AnnotatedImage,
)
from nasbench_mvit.training.images.annotated.augmentation import resized
from nasbench_mvit.training.proxy.result import (
    MAX_FOUND_BOXES,
    MIN_FOUND_SCORE,
    FoundOnImage,
    TaskResult,
)
from nasbench_mvit.workbench.shared.trainings.planned import evaluator_of
from nasbench_mvit.workbench.studies.study import Study


@dataclass(frozen=True, kw_only=True, eq=False)
class HeldOutPictures:
    """Images of one training, none where ``problem`` says why.

    Attributes:
        images: the images, with what is there and what was found.
        seed: the seed of the training.
        class_names: names of the classes.
        unmarked: classes that stand for nothing: the background, and what is ignored.
        problem: why there are none; empty where there are, or where nothing is missing.
    """

    images: tuple[Picture, ...] = ()
    seed: int = 0
    class_names: tuple[str, ...] = ()
    unmarked: frozenset[int] = frozenset()
    problem: str = ""

    @property
    def note(self) -> str:
        """Whose predictions these are, and which boxes are left out."""
        by = f"By the training with seed {self.seed}, which is scored on more images."
        if any(picture.found.mask is not None for picture in self.images):
            return by
        return (
            f"{by} Boxes that are at least {MIN_FOUND_SCORE:.0%} sure are shown, at most "
            f"{MAX_FOUND_BOXES} of an image."
        )


def pictures_of(study: Study, row: Row) -> HeldOutPictures:
    """Return the predictions kept of the first training of a network that detects or segments.

    The images are opened anew, and must be those that the study was started with.
    """
    number = row.trial if row.duplicate_of is None else row.duplicate_of
    trial = next(trial for trial in study.reading.trials if trial.number == number)
    trainings = [(e.seed, e.result) for e in trial.record.evaluations]
    kept = [(seed, r.found) for seed, r in trainings if isinstance(r, TaskResult) and r.found]
    if not kept:
        return HeldOutPictures(problem="No training of it has ended, or it kept no predictions.")
    seed, found = kept[0]
    try:
        data = evaluator_of(study.config, study.run_dir).images()
        if not isinstance(data, AnnotatedData):
            raise TypeError("a network that classifies finds nothing in places")
        if data.fingerprint != study.reading.images:
            changed = f"The images of {study.config.data} have changed since the search."
            return HeldOutPictures(problem=changed)
        size = study.config.proxy.input_size
        images = tuple(_picture(resized(data.val[each.image], size), each) for each in found)
    except DataError as error:
        return HeldOutPictures(problem=str(error))
    background = [0] if data.class_names[0] == BACKGROUND else []
    return HeldOutPictures(
        images=images,
        seed=seed,
        class_names=data.class_names,
        unmarked=frozenset({IGNORED, *background}),
    )


def _picture(example: AnnotatedImage, found: FoundOnImage) -> Picture:
    size, objects = len(example.image), example.objects.chosen(~example.objects.ignored)
    corners = [box.corners for box in found.boxes]
    return Picture(
        image=example.image,
        truth=Marks(boxes=objects.boxes, labels=objects.labels, mask=example.mask),
        found=Marks(
            boxes=np.array(corners, np.float32).reshape(-1, 4) * size,
            labels=np.array([box.label for box in found.boxes], np.int64),
            scores=np.array([box.score for box in found.boxes], np.float32),
            mask=None if example.mask is None else png.decoded(found.mask),
        ),
    )
