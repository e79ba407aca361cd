"""The page about images names every split folder, system folder and suffix that the code knows."""

from pathlib import Path

from nasbench_mvit.training.images.folders.split_folders import SPLIT_NAMES
from nasbench_mvit.training.images.folders.tree import IMAGE_SUFFIXES, SYSTEM_FOLDERS

PAGE = (Path(__file__).parents[3] / "docs" / "images.md").read_text(encoding="utf-8")


def test_the_table_of_splits() -> None:
    for split, names in SPLIT_NAMES.items():
        assert f"| {split} | {', '.join(f'`{name}`' for name in names)} |" in PAGE


def test_folders_of_systems_and_kinds_of_images() -> None:
    assert {name for name in SYSTEM_FOLDERS if f"`{name}`" in PAGE.lower()} == SYSTEM_FOLDERS
    assert all(f"`{suffix}`" in PAGE for suffix in IMAGE_SUFFIXES)
