from pathlib import Path

import pytest

from nasbench_mvit.architecture.space_file import SpaceFile
from nasbench_mvit.errors import SpaceError, StudyError
from nasbench_mvit.io import catalogue


def test_packaged_files_are_found_by_name() -> None:
    assert {"mobilevit", "mobilevit_debug"} <= set(catalogue.names("search_spaces"))
    assert catalogue.find("studies", "smoke", StudyError).name == "smoke.yaml"


def test_an_unknown_name_gets_the_nearest_and_the_list() -> None:
    with pytest.raises(StudyError, match=r"Did you mean 'smoke'.*latency_iphone"):
        catalogue.find("studies", "smok", StudyError)


def test_a_missing_path_is_named() -> None:
    with pytest.raises(StudyError, match=r"no study file at 'here/none.yaml'"):
        catalogue.find("studies", "here/none.yaml", StudyError)


@pytest.mark.parametrize(
    ("content", "needle"),
    [
        (b"a: [1, 2", "line"),
        (b"a: 1\na: 2\n", "is repeated"),
        (b"- 1\n- 2\n", "mapping"),
        (b"", "mapping"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"a: !!python/object:os.system {}", "not valid YAML"),
        (b"a: &x [*x]", "SpaceFile|unknown key|description"),
    ],
)
def test_broken_yaml_is_one_message(tmp_path: Path, content: bytes, needle: str) -> None:
    path = tmp_path / "space.yaml"
    path.write_bytes(content)
    with pytest.raises(SpaceError, match=needle) as caught:
        catalogue.read(path, SpaceFile, SpaceError)
    assert str(path) in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "space.yaml"
    folder.mkdir()
    with pytest.raises(SpaceError, match="no search space file"):
        catalogue.find("search_spaces", str(folder), SpaceError)
