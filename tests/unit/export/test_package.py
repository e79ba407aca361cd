"""The folder of an export: its description, and what may lie in it."""

import dataclasses
from pathlib import Path

import pytest
from exporting import small_spec

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError
from nasbench_mvit.export.card import model_card
from nasbench_mvit.export.manifest import (
    Check,
    FormatRecord,
    Identity,
    ImagesRecord,
    LatencyRecord,
    Manifest,
)
from nasbench_mvit.export.package import (
    CARD,
    MANIFEST,
    SPEC,
    TRAINING,
    Package,
    check_folder,
    file_record,
    read_manifest,
)

CHECK = Check(
    runtime="a runtime 1.0",
    num_canvases=256,
    max_difference=0.5,
    max_logit=4.0,
    agreement=0.9375,
    top1_torch=0.5,
    top1_file=0.484375,
)


def manifest(weights: str = "random, seed 0") -> Manifest:
    spec = small_spec()
    return Manifest(
        identity=Identity(spec_id=spec.id, weights=weights, precision="int8"),
        title="A small network",
        origin="trial 7 of the study smoke",
        resolution=spec.resolution,
        num_classes=2,
        classes=("shoe", "shirt"),
        cells=4,
        params=12_345,
        macs=678_901,
        weights="the weights are random",
        accuracy="nothing is known",
        latencies=(
            LatencyRecord(
                ms=5.0, low=4.5, high=6.25, kind="estimated", of="a phone", extrapolating=True
            ),
        ),
        images=ImagesRecord(name="garments", licence="MIT", origin="somewhere", scaling="enlarged"),
        command="python -m nasbench_mvit export --trial 7",
        versions={"nasbench_mvit": "0.1.0"},
    )


def record(title: str = "ONNX", check: Check | None = CHECK) -> FormatRecord:
    return FormatRecord(
        title=title,
        files=(),
        precision="8 bits",
        interface="",
        check=check,
        unchecked="" if check else "nothing runs it here",
        failure=None,
        notes=("a note",),
        versions={"onnx": "1.0"},
        written="2026-01-01T00:00:00+00:00",
    )


def test_the_card_says_what_matters() -> None:
    card = model_card(
        manifest().with_format("onnx", record()).with_format("coreml", record("Core ML", None))
    )
    for text in (
        "trial 7 of the study smoke: 12,345 parameters, 678,901 MACs at 64 px",
        "256 images, run by a runtime 1.0",
        "at most 0.5 (1.2e-01 of the largest), top-1 agrees in 93.8%",
        "top-1 48.4%, torch's is 50.0% (-1.6 points)",
        "Nothing runs it here.",
        "A note.",
        "float32 (1, 3, 64, 64), RGB, values from 0 to 1",
        "float32 (1, 8), 2 logits for each of the 4 cells of the canvas, row by row",
        "Classes: shoe, shirt.",
        "The weights are random. Nothing is known.",
        "5.00 ms [4.50, 6.25], estimated, unlike what it was calibrated on: a phone",
        "Licence: MIT.",
        "python -m nasbench_mvit export --trial 7",
    ):
        assert text in card


def test_a_file_that_failed_is_marked_in_the_card() -> None:
    failed = record().model_copy(update={"failure": "it is wrong"})
    assert "**Do not use it: it is wrong.**" in model_card(manifest().with_format("onnx", failed))


def test_formats_gather_in_one_folder(tmp_path: Path) -> None:
    Package(tmp_path, manifest(), small_spec()).add("onnx", record())
    check_folder(tmp_path, manifest(), ["onnx"])
    Package(tmp_path, manifest(), small_spec()).add("coreml", record("Core ML", None))
    found = read_manifest(tmp_path)
    assert found is not None
    assert list(found.formats) == ["onnx", "coreml"]
    assert found.formats["onnx"] == record()
    assert {path.name for path in tmp_path.iterdir()} == {CARD, MANIFEST, SPEC}
    assert MobileViTSpec.from_json((tmp_path / SPEC).read_text()) == small_spec()
    assert "Core ML" in (tmp_path / CARD).read_text()


def test_a_difference_that_is_no_number_is_kept(tmp_path: Path) -> None:
    broken = record(check=CHECK.model_copy(update={"max_difference": float("inf")}))
    Package(tmp_path, manifest(), small_spec()).add("onnx", broken)
    assert read_manifest(tmp_path) == manifest().with_format("onnx", broken)


def test_a_folder_with_nothing_but_a_training_is_free(tmp_path: Path) -> None:
    check_folder(tmp_path / "none", manifest(), [])
    (tmp_path / TRAINING).touch()
    check_folder(tmp_path, manifest(), ["onnx"])


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(ExportError, match=r"holiday\.jpg.*`out=`"):
        check_folder(tmp_path, manifest(), ["onnx"])
    with pytest.raises(ExportError, match="is a file"):
        check_folder(tmp_path / "holiday.jpg", manifest(), [])


@pytest.mark.parametrize(
    ("other", "word"),
    [
        (manifest(weights="random, seed 1"), r"the export of other weights\. "),
        (
            manifest().model_copy(
                update={"identity": Identity(spec_id="0" * 16, weights="", precision="fp16")}
            ),
            r"of another network .*, another precision \(int8, now fp16\)",
        ),
    ],
)
def test_an_export_of_something_else_is_refused(other: Manifest, word: str, tmp_path: Path) -> None:
    Package(tmp_path, manifest(), small_spec()).add("onnx", record())
    before = (tmp_path / MANIFEST).read_bytes()
    with pytest.raises(ExportError, match=word):
        check_folder(tmp_path, other, [])
    assert (tmp_path / MANIFEST).read_bytes() == before


@pytest.mark.parametrize(
    ("update", "words"),
    [
        ({"classes": ("shirt", "shoe")}, r"\(shoe, shirt, now shirt, shoe\)"),
        ({"classes": None}, r"\(shoe, shirt, now 2 without names\)"),
        ({"classes": ("a", "b", "c"), "num_classes": 3}, r"\(shoe, shirt, now a, b, c\)"),
    ],
)
def test_files_with_other_classes_are_all_written_anew_or_none(
    update: dict[str, object], words: str, tmp_path: Path
) -> None:
    spec, other = small_spec(), manifest().model_copy(update=update)
    (tmp_path / "model.onnx").write_text("a file")
    (tmp_path / "model.mlpackage").mkdir()
    (tmp_path / "model.mlpackage/labels").write_text("shoe, shirt")
    package = Package(tmp_path, manifest(), spec)
    for name, file in (("onnx", "model.onnx"), ("coreml", "model.mlpackage")):
        files = (file_record(tmp_path / file),)
        package.add(name, record(name).model_copy(update={"files": files}))
    with pytest.raises(ExportError, match=f"holds coreml with other classes {words}.*onnx, coreml"):
        check_folder(tmp_path, other, ["onnx"])
    check_folder(tmp_path, manifest(), ["onnx"])
    check_folder(tmp_path, other, ["onnx", "coreml"])
    Package(tmp_path, other, spec).add("onnx", record())
    assert {path.name for path in tmp_path.iterdir()} == {CARD, MANIFEST, SPEC}
    found = read_manifest(tmp_path)
    assert found is not None
    assert list(found.formats) == ["onnx"]


def test_each_format_says_which_images_it_was_checked_on() -> None:
    photos = ImagesRecord(name="photos", licence="own", origin="here", scaling="centre 64 px")
    of_photos = record("Core ML").model_copy(update={"images": photos})
    card = model_card(manifest().with_format("onnx", record()).with_format("coreml", of_photos))
    assert "ONNX were checked on, and where it says so calibrated with, garments" in card
    assert "Core ML were checked on, and where it says so calibrated with, photos" in card
    assert "The files were checked on" in model_card(manifest().with_format("coreml", of_photos))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema_version": 1}', b"\xff\xfe"])
def test_a_damaged_description_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(ExportError, match=MANIFEST):
        check_folder(tmp_path, manifest(), ["onnx"])


def test_the_hash_of_a_folder_changes_with_any_file_and_name(tmp_path: Path) -> None:
    package = tmp_path / "model.mlpackage"
    (package / "Data").mkdir(parents=True)
    file = package / "Data" / "weights"
    file.write_bytes(b"12")
    first = file_record(package)
    assert first.size_bytes == 2
    assert file_record(package) == first
    file.rename(file.with_name("model"))
    second = file_record(package)
    (package / "Data" / "model").write_bytes(b"13")
    assert len({first.sha256, second.sha256, file_record(package).sha256}) == 3


def test_two_exports_differ_by_network_weights_or_precision_alone() -> None:
    assert set(Identity.model_fields) == {"spec_id", "weights", "precision"}
    assert dataclasses.replace(small_spec(), resolution=96).id != small_spec().id
