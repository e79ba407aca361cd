"""VOC's format: boxes from 1, difficult objects, palette masks, and the layouts of tools."""

from pathlib import Path

import numpy as np
import pytest
from annotating import HEIGHT, WIDTH, picture, voc_object, voc_xml, write_mask, write_voc

from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedData, AnnotatedTask
from nasbench_mvit.training.images.annotated.annotated_sources import open_annotated
from nasbench_mvit.training.images.annotated.voc_format.voc_images import VOC_NAMES


def opened(root: Path, task: AnnotatedTask = "detection") -> AnnotatedData:
    return open_annotated(f"voc:{root}", task=task, size=32)


def test_the_first_pixel_is_one_and_the_last_is_within(tmp_path: Path) -> None:
    text = voc_xml(voc_object("dog", (1, 1, 64, 48)), voc_object("cat", (11, 5, 20, 8), 1))
    data = opened(write_voc(tmp_path, {"a": text}))
    objects = data.train[0].objects
    assert objects.boxes.tolist() == [[0, 0, 64, 48], [10, 4, 20, 8]]
    assert (data.class_names, objects.labels.tolist()) == (("cat", "dog"), [1, 0])
    assert objects.ignored.tolist() == [False, True]
    assert (len(data.train), len(data.val), data.val_is_drawn) == (2, 1, False)


def test_palette_masks_keep_their_values_and_names(tmp_path: Path) -> None:
    data = opened(write_voc(tmp_path), "segmentation")
    assert data.class_names == ("background", *VOC_NAMES)
    mask = data.train[0].mask
    assert mask is not None
    assert mask.shape == (HEIGHT, WIDTH)
    assert [int((mask == value).sum()) for value in (8, 255)] == [200, 22]
    assert data.class_names[8] == "cat"


def test_a_label_map_names_the_classes(tmp_path: Path) -> None:
    root = write_voc(tmp_path)
    lines = ["# label:color_rgb:parts:actions", "background:0,0,0::"]
    lines += [f"kind{value}:1,2,3::" for value in range(1, 9)] + ["cat:2,3,4::"]
    (root / "labelmap.txt").write_text("\n".join(lines))
    assert opened(root, "segmentation").class_names[:2] == ("background", "kind1")
    data = opened(root)
    assert data.class_names[-1] == "cat"
    assert any("without an object" in note and "kind1" in note for note in data.notes)


def test_images_and_files_side_by_side_in_folders_of_splits(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        for name in ("a", "b"):
            picture(tmp_path / split / f"{name}.jpg")
            text = voc_xml(voc_object("cat", (0, 0, 9, 9)), size=(0, 0))
            (tmp_path / split / f"{name}.xml").write_text(text)
    data = opened(tmp_path)
    assert (len(data.train), len(data.val), data.val_is_drawn) == (2, 2, False)
    assert data.train[0].objects.boxes.tolist() == [[0, 0, 9, 9]]


@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_without_lists_all_images_are_taken(tmp_path: Path, task: AnnotatedTask) -> None:
    root = write_voc(tmp_path)
    for path in root.glob("ImageSets/*/*.txt"):
        path.unlink()
    data = opened(root, task)
    assert (len(data.train), len(data.val), data.val_is_drawn) == (2, 1, True)


def test_a_grey_mask_is_one_too(tmp_path: Path) -> None:
    root = write_voc(tmp_path)
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[:2] = True
    write_mask(root / "SegmentationClass" / "a.png", mask)
    found = opened(root, "segmentation").train[0].mask
    assert found is not None
    assert found.sum() == 2 * WIDTH
