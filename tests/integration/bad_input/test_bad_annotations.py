"""Wrong annotations: one message that names the file, the field and the record."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from annotating import (
    HEIGHT,
    SQUARE,
    WIDTH,
    annotation,
    coco,
    picture,
    voc_object,
    voc_xml,
    write_coco,
    write_mask,
    write_voc,
)
from bad_input import Case, Refuses
from tiny_training import tiny_spec

from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.cli.search import command as search
from nasbench_mvit.cli.train import command as train
from nasbench_mvit.errors import DataError
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import save_model
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedTask
from nasbench_mvit.training.images.annotated.annotated_sources import open_annotated

Prepare = Callable[[Path], object]
ON_CPU = "--device cpu --workers 0"


@dataclass(frozen=True)
class Wrong:
    """A source, what lies in its folder, and what the message must say."""

    prepare: Prepare
    needles: tuple[str, ...]
    task: AnnotatedTask = "detection"
    source: str = "coco:photos"


def coco_files(**changes: Any) -> Prepare:
    """Write a training file with changes beside a sound one to validate on."""
    contents = {"train": coco(**changes), "val": coco()}
    return lambda folder: write_coco(folder / "photos", contents)


def coco_text(text: str) -> Prepare:
    return lambda folder: write_coco(folder / "photos", {"train": text, "val": coco()})


def boxes(*records: dict[str, Any]) -> Prepare:
    return coco_files(annotations=[*coco()["annotations"], *records])


def box(bbox: list[Any], **changes: Any) -> Prepare:
    return boxes(annotation(4, 9, 17, bbox, **changes))


def region(segmentation: object) -> Prepare:
    return boxes(annotation(4, 9, 17, [8, 8, 16, 16], segmentation=segmentation))


def images(*changes: dict[str, Any]) -> Prepare:
    """Write a training file whose first images have changed fields."""
    records = coco()["images"]
    return coco_files(
        images=[record | change for record, change in zip(records, (*changes, {}), strict=False)]
        + records[len(changes) + 1 :]
    )


def then(prepare: Prepare, *steps: Prepare) -> Prepare:
    def run(folder: Path) -> None:
        for step in (prepare, *steps):
            step(folder)

    return run


def voc_files(**files: str) -> Prepare:
    return lambda folder: write_voc(folder / "photos", files)


def voc_box(name: str, corners: tuple[object, ...], difficult: object = 0) -> Prepare:
    return voc_files(
        a=voc_xml(voc_object("cat", (1, 1, 9, 9)), voc_object(name, corners, difficult))
    )


def mask(name: str, classes: Any) -> Prepare:
    return lambda folder: write_mask(folder / f"photos/SegmentationClass/{name}.png", classes)


def voc_mask(classes: Any) -> Prepare:
    return then(voc_files(), mask("b", classes))


def text(path: str, content: str) -> Prepare:
    return lambda folder: (folder / "photos" / path).write_text(content)


def remove(path: str) -> Prepare:
    return lambda folder: (folder / "photos" / path).unlink()


JSON = "photos/annotations/instances_train.json"
FIRST_OF_BOX = "annotations[3] (id 4) bbox"
REGION = "annotations[3] (id 4) segmentation"
EMPTY = np.zeros((HEIGHT, WIDTH), np.uint8)
RUNS: dict[str, Any] = {"size": [HEIGHT, WIDTH], "counts": [5, 5, HEIGHT * WIDTH - 10]}

CASES = {
    # The file of COCO's format
    "no folder": Wrong(Path.exists, ("there is no folder or file photos", "instances_train.json")),
    "no annotation file": Wrong(
        lambda f: picture(f / "photos" / "a.png"), ("photos holds no annotation file",)
    ),
    "no JSON": Wrong(coco_text("{"), (JSON, "is not valid JSON", "Export it again")),
    "a list": Wrong(coco_text("[]"), (JSON, "lists of objects", "images, annotations")),
    "no annotations": Wrong(
        coco_text(json.dumps({"images": [], "categories": []})),
        (JSON, "; annotations is missing"),
    ),
    "annotations of text": Wrong(coco_files(annotations=["cat"]), (JSON, "annotations is missing")),
    "an empty list of images": Wrong(
        coco_files(images=[], annotations=[]), (JSON, "images is emp")
    ),
    "no categories": Wrong(coco_files(categories=[]), (JSON, "categories is empty")),
    "two files of a split": Wrong(
        lambda f: write_coco(f / "photos", {"train": coco(), "training": coco()}),
        ("instances_train.json", "instances_training.json", "bear names of the train images"),
    ),
    "no training file": Wrong(
        lambda f: write_coco(f / "photos", {"val": coco()}), ("instances_val.json", "training")
    ),
    # Its images
    "a missing image": Wrong(
        then(coco_files(), remove("train/b.png")),
        (JSON, "images[1] (id 9) has no image: photos/train/b.png is missing"),
    ),
    "no image in reach": Wrong(
        lambda f: write_coco(f / "photos", images=False), ("none of its first 2 images", "'a.png'")
    ),
    "an image of another size": Wrong(
        images({"width": 65}), ("images[0] (id 7) states 65×48 px", "has 64×48 (upright)")
    ),
    "an image that is none": Wrong(
        then(coco_files(), text("train/a.png", "none")), ("images[0] (id 7) has no image", "format")
    ),
    "an image without a size": Wrong(
        images({"height": None}), ("images[0] width, height", "got 64, None")
    ),
    "an image of negative size": Wrong(images({"height": -48}), ("images[0] width, height", "-48")),
    "a repeated image id": Wrong(images({"id": 9}), (JSON, "images[1] id 9 is repeated")),
    "a repeated file": Wrong(
        images({"file_name": "b.png"}), ("images[1] file_name 'b.png' is rep",)
    ),
    "an image without id": Wrong(images({"id": None}), ("images[0] id must be a whole number",)),
    "an image without a file": Wrong(
        images({}, {"file_name": 3}), ("images[1] file_name must be text, got 3",)
    ),
    # Its categories
    "a repeated category": Wrong(
        coco_files(categories=[{"id": 17, "name": "cat"}, {"id": 17, "name": "dog"}]),
        ("categories[1] id 17 is repeated",),
    ),
    "a repeated name": Wrong(
        coco_files(categories=[{"id": 17, "name": "cat"}, {"id": 18, "name": "cat"}]),
        ("categories[1] name 'cat' is repeated",),
    ),
    "a category without a name": Wrong(
        coco_files(categories=[{"id": 17, "name": " "}, {"id": 18, "name": "dog"}]),
        ("categories[0] name must be text",),
    ),
    "a category id of text": Wrong(
        coco_files(categories=[{"id": "17", "name": "cat"}]), ("categories[0] id", "'17'")
    ),
    "other categories to validate": Wrong(
        lambda f: write_coco(
            f / "photos",
            {
                "train": coco(),
                "val": coco(categories=[{"id": 17, "name": "cat"}, {"id": 18, "name": "cow"}]),
            },
        ),
        ("instances_val.json must hold the categories", "cat, dog", "cat, cow"),
    ),
    # Its boxes
    "a box outside": Wrong(
        box([50, 8, 16.5, 16]), (JSON, FIRST_OF_BOX, "(50, 8) to (66.5, 24), outside", "64×48")
    ),
    "a box left of its image": Wrong(box([-3, 8, 16, 16]), (FIRST_OF_BOX, "outside")),
    "a box of negative width": Wrong(box([30, 8, -16, 16]), (FIRST_OF_BOX, "negative size")),
    "a box without area": Wrong(box([30, 8, 0, 16]), (FIRST_OF_BOX, "without area")),
    "a box of three numbers": Wrong(box([30, 8, 3]), (FIRST_OF_BOX, "must be 4 numbers")),
    "a box of text": Wrong(box([30, 8, 3, "4"]), (FIRST_OF_BOX, "must be 4 numbers")),
    "a box that is not a number": Wrong(box([1, 1, 3, float("nan")]), (FIRST_OF_BOX, "4 numbers")),
    "a box without end": Wrong(box([1, 1, 3, float("inf")]), (FIRST_OF_BOX, "4 numbers")),
    "boxes as shares": Wrong(
        coco_files(annotations=[annotation(1, 7, 17, [0.1, 0.1, 0.5, 0.5])]),
        ("every box lies within 1 px", "not in shares"),
    ),
    "no box at all": Wrong(coco_files(annotations=[]), (JSON, "no image has an object")),
    "crowds alone": Wrong(
        coco_files(annotations=[annotation(1, 7, 17, [1, 1, 9, 9], iscrowd=1)]),
        ("no image has an object to learn from",),
    ),
    # Its annotations
    "an unknown category": Wrong(
        boxes(annotation(4, 9, 19, [1, 1, 9, 9])), ("(id 4) has the category_id 19",)
    ),
    "a missing category": Wrong(
        boxes(annotation(4, 9, 17, [1, 1, 9, 9], category_id=None)), ("category_id None",)
    ),
    "an unknown image": Wrong(
        boxes(annotation(4, 8, 17, [1, 1, 9, 9])), ("annotations[3] (id 4) has the image_id 8",)
    ),
    "an image id of a list": Wrong(box([1, 1, 9, 9], image_id=[9]), ("has the image_id [9]",)),
    "a repeated annotation id": Wrong(
        boxes(annotation(3, 9, 17, [1, 1, 9, 9])), ("annotations[3] (id 3) has an id that is rep",)
    ),
    "an annotation id of a list": Wrong(box([1, 1, 9, 9], id=[4]), ("the id [4]",)),
    "an odd crowd": Wrong(box([1, 1, 9, 9], iscrowd=2), ("has iscrowd 2, which is neither",)),
    # Its regions
    "no region": Wrong(region(None), (REGION, "must be polygons or a run-len"), "segmentation"),
    "a polygon of two corners": Wrong(region([SQUARE[:4]]), (REGION, "3 corners"), "segmentation"),
    "an odd polygon": Wrong(region([SQUARE[:7]]), (REGION, "3 corners"), "segmentation"),
    "a corner of text": Wrong(region([["a", *SQUARE[1:]]]), (REGION, "no number"), "segmentation"),
    "a polygon outside": Wrong(
        region([[100, 100, 120, 100, 120, 120]]), (REGION, "covers no pixel"), "segmentation"
    ),
    "runs of another size": Wrong(
        region(RUNS | {"size": [WIDTH, HEIGHT]}),
        (REGION, "has size [64, 48], its image [48, 64] (rows, columns)"),
        "segmentation",
    ),
    "runs that end early": Wrong(
        region(RUNS | {"counts": [5, 5, 5]}), (REGION, "decoded 15 pixels"), "segmentation"
    ),
    "runs that never end": Wrong(
        region(RUNS | {"counts": [5, 5, 10**6]}), (REGION, "exceed the mask"), "segmentation"
    ),
    "runs of nothing": Wrong(region({"size": [48, 64]}), (REGION, "needs size"), "segmentation"),
    "runs of noise": Wrong(
        region(RUNS | {"counts": "zz"}), (REGION, "is no run-length code"), "segmentation"
    ),
    "no region at all": Wrong(
        coco_files(annotations=[]), ("no image has an object to learn from",), "segmentation"
    ),
    "more categories than values": Wrong(
        coco_files(categories=[{"id": number, "name": f"k{number}"} for number in range(256)]),
        ("categories are 256, masks hold 254 at most",),
        "segmentation",
    ),
    # The folder of VOC's format
    "no VOC folder": Wrong(
        Path.exists, ("there is no folder photos", "JPEGIm"), source="voc:photos"
    ),
    "the folder above": Wrong(
        lambda f: write_voc(f / "photos" / "VOC2012"),
        ("photos holds no .xml file",),
        source="voc:photos",
    ),
    "no masks": Wrong(
        lambda f: picture(f / "photos" / "JPEGImages" / "a.png"),
        ("photos has no folder SegmentationClass or masks",),
        "segmentation",
        "voc:photos",
    ),
    "no list to train": Wrong(
        then(voc_files(), remove("ImageSets/Main/train.txt")),
        ("ImageSets/Main has no list of training images",),
        source="voc:photos",
    ),
    "an empty list": Wrong(
        then(voc_files(), text("ImageSets/Main/val.txt", "\n")),
        ("val.txt lists no image",),
        source="voc:photos",
    ),
    "a list that repeats": Wrong(
        then(voc_files(), text("ImageSets/Main/train.txt", "a\na\n")),
        ("train.txt repeats a",),
        source="voc:photos",
    ),
    "a list of a missing image": Wrong(
        then(voc_files(), text("ImageSets/Main/train.txt", "a\nz\n")),
        ("train.txt: 2 records", "z.xml has no image", "z.xml cannot be read: No such file"),
        source="voc:photos",
    ),
    "two images of a name": Wrong(
        then(voc_files(), lambda f: picture(f / "photos/JPEGImages/a.jpg")),
        ("a.jpg and a.png differ in their suffix alone",),
        source="voc:photos",
    ),
    # Its XML files
    "no XML": Wrong(voc_files(a="<annotation>"), ("a.xml is not valid XML",), source="voc:photos"),
    "another XML": Wrong(voc_files(a="<html/>"), ("a.xml holds <html>",), source="voc:photos"),
    "entities": Wrong(
        voc_files(a="<!DOCTYPE a [<!ENTITY b 'c'>]><annotation/>"),
        ("a.xml declares entities",),
        source="voc:photos",
    ),
    "a size that is not the image's": Wrong(
        voc_files(a=voc_xml(voc_object("cat", (1, 1, 9, 9)), size=(48, 64))),
        ("a.xml states 48×64 px", "a.png has 64×48"),
        source="voc:photos",
    ),
    "a VOC box outside": Wrong(
        voc_box("cat", (1, 1, 66, 9)),
        ("a.xml, object[1] (cat) bndbox is a box, (0, 0) to (66, 9), outside",),
        source="voc:photos",
    ),
    "a VOC box turned": Wrong(
        voc_box("cat", (20, 1, 9, 9)), ("object[1] (cat)", "negative"), source="voc:photos"
    ),
    "a VOC box of text": Wrong(
        voc_box("cat", ("left", 1, 9, 9)), ("object[1] (cat) needs a bndbox",), source="voc:photos"
    ),
    "an object without a name": Wrong(
        voc_box("", (1, 1, 9, 9)), ("object[1] () has no name",), source="voc:photos"
    ),
    "an odd difficulty": Wrong(
        voc_box("cat", (1, 1, 9, 9), "very"), ("difficult 'very'",), source="voc:photos"
    ),
    "a class that is not trained on": Wrong(
        voc_files(c=voc_xml(voc_object("cow", (1, 1, 9, 9)))),
        ("val.txt: 1 record", "c.xml, object[0] (cow) name is none of the known classes: cat"),
        source="voc:photos",
    ),
    "a class that the label map lacks": Wrong(
        then(voc_files(), text("labelmap.txt", "background:0,0,0::\ndog:1,1,1::\n")),
        ("(cat) name is none of the known classes: dog",),
        source="voc:photos",
    ),
    "a VOC box without area": Wrong(
        voc_box("cat", (9, 5, 8, 9)), ("a.xml", "bndbox", "without area"), source="voc:photos"
    ),
    "a label map that repeats": Wrong(
        then(voc_files(), text("labelmap.txt", "cat:0,0,0::\ncat:1,1,1::\n")),
        ("labelmap.txt repeats the names cat",),
        source="voc:photos",
    ),
    # Its masks
    "a mask of another size": Wrong(
        voc_mask(EMPTY[:40] + 1),
        ("train.txt", "b.png is a mask of 64×40 px, its image has 64×48"),
        "segmentation",
        "voc:photos",
    ),
    "a mask of an unknown class": Wrong(
        voc_mask(EMPTY + 21),
        ("b.png has pixels of 21, where classes are 0 to 20 and 255 is ignored",),
        "segmentation",
        "voc:photos",
    ),
    "a mask in colours": Wrong(
        voc_mask(np.zeros((HEIGHT, WIDTH, 3), np.uint8)),
        ("b.png has pixels of mode RGB", "palette or grey PNG"),
        "segmentation",
        "voc:photos",
    ),
    "a missing mask": Wrong(
        then(voc_files(), remove("SegmentationClass/b.png")),
        ("SegmentationClass/b.png cannot be read as a mask",),
        "segmentation",
        "voc:photos",
    ),
    "masks of white on black": Wrong(
        then(voc_files(), mask("a", EMPTY), mask("b", EMPTY)),
        ("every mask has pixels of 0 alone", "0 is the background"),
        "segmentation",
        "voc:photos",
    ),
    # The source
    "an unknown kind": Wrong(Path.exists, ("unknown image source 'yolo:a'",), source="yolo:a"),
    "a folder of classes": Wrong(
        Path.exists, ("'imagefolder:photos'", "coco:PATH", "voc:PATH"), source="imagefolder:photos"
    ),
    "no path": Wrong(Path.exists, ("unknown image source 'coco:'", "coco:photos"), source="coco:"),
    "an unknown task": Wrong(
        coco_files(),
        ("unknown `task=` of annotated images 'classification'", "detection, segmentation"),
        "classification",  # type: ignore[arg-type]
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    case = CASES[name]
    case.prepare(tmp_path)
    with pytest.raises(DataError) as caught:
        open_annotated(case.source, task=case.task, size=32)
    message = str(caught.value)
    assert "\n" not in message
    for needle in case.needles:
        assert needle in message


OF_COMMANDS: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "train": (train.main, f"--network spec.json --task detection --data coco:photos {ON_CPU}"),
    "search": (search.main, "--study detection_iphone --data coco:photos --trials 1"),
    "evaluate": (evaluate.main, f"--weights own.safetensors --data coco:photos {ON_CPU}"),
}


@pytest.mark.parametrize("command", OF_COMMANDS)
def test_commands_refuse_them_in_one_line_with_exit_code_2(command: str, refuses: Refuses) -> None:
    main, args = OF_COMMANDS[command]

    def prepare(folder: Path) -> None:
        write_coco(folder / "photos", {"train": outside(), "val": outside()})
        (folder / "spec.json").write_text(tiny_spec().to_json())
        spec = tiny_spec().for_task("detection")
        save_model(folder / "own.safetensors", build_model(spec, 2), spec)

    needles = ("instances_train.json: 1 record", "(id 4) bbox", "outside its image")
    refuses(Case(args, needles, prepare, main=main))


def outside() -> dict[str, Any]:
    """Return annotations, one of which lies beyond its image."""
    return coco(annotations=[annotation(4, 7, 17, [60, 1, 9, 9])])


def test_one_pass_finds_all_and_shows_the_first(tmp_path: Path) -> None:
    wrong = [annotation(number, 9, 99, [1, 1, 9, 9]) for number in range(10, 20)]
    outside = annotation(4, 7, 17, [60, 1, 9, 9])
    boxes(outside, *wrong)(tmp_path)
    (tmp_path / "photos/train/b.png").unlink()
    with pytest.raises(DataError) as caught:
        open_annotated(f"coco:{tmp_path / 'photos'}", task="detection", size=32)
    message = str(caught.value)
    assert "12 records cannot be used" in message
    assert message.count("category_id 99") == 5
    assert "; and 7 more. Correct or remove them." in message
