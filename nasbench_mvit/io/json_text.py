"""JSON by one rule: bytes of names of files that are no text are written as they are shown."""

from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json

from nasbench_mvit.io.text_files import escaped


def json_text(content: object, *, indent: int | None = None) -> str:
    r"""Return a model, or plain data of JSON's types, as JSON in UTF-8.

    Bytes of paths that are not UTF-8, for which JSON has no text, look like ``\udce9`` to a reader;
    ``io.text_files.restored`` returns the path.
    """
    plain = content.model_dump(mode="json") if isinstance(content, BaseModel) else content
    return to_json(_as_text(plain), indent=indent, inf_nan_mode="null").decode()


def _as_text(value: Any) -> Any:
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, dict):
        return {_as_text(key): _as_text(entry) for key, entry in value.items()}
    return [_as_text(entry) for entry in value] if isinstance(value, list | tuple) else value
