"""JSON of models and plain data with paths of any bytes."""

import json
import os

import pytest
from pydantic import BaseModel

from nasbench_mvit.io.json_text import json_text
from nasbench_mvit.io.text_files import restored


class _Record(BaseModel):
    name: str
    parts: tuple[dict[str, str | float], ...] = ()


@pytest.mark.parametrize("path", [b"caf\xe9", b"\x80/\xff.png", "café/plain".encode()])
def test_a_path_of_any_bytes_comes_back(path: bytes) -> None:
    name = os.fsdecode(path)
    for content in ({"name": name}, _Record(name=name), {"parts": [{name: name}], "name": name}):
        text = json_text(content)
        assert os.fsencode(restored(json.loads(text)["name"])) == path
        _Record.model_validate_json(json_text({"name": name}))  # which refuses lone surrogates


@pytest.mark.parametrize("indent", [None, 2])
def test_other_content_is_as_pydantic_writes_it(indent: int | None) -> None:
    record = _Record(name="né\n\\udce", parts=({"a": 1e-20, "b": float("nan"), "ü": 3.0},))
    assert json_text(record, indent=indent) == record.model_dump_json(indent=indent)
