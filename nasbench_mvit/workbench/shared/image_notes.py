"""Lines for a person on the images that networks are trained on and scored on."""

from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedData
from nasbench_mvit.training.images.arrays import ImageData, count_repeated
from nasbench_mvit.training.images.validation_images import ValidationImages


def image_notes(images: ImageData | AnnotatedData) -> list[str]:
    """Return lines on source and number of the images, on those left out, and warnings."""
    about = images.description
    counts = f"{len(images.train):,} for training, {len(images.val):,} for validation"
    if isinstance(images, AnnotatedData):
        return [f"images: {about.name} ({about.licence}), {counts}", *images.notes]
    validation = ValidationImages(len(images.val))
    lines = [f"images: {about.name} ({about.licence}), {counts}", *images.notes, *validation.notes]
    if repeated := count_repeated(images.train, images.val):
        lines.append(
            f"{repeated:,} of the validation images are also among the training images: "
            "scores look better than they are; remove the copies"
        )
    return lines
