"""JSON by one rule: bytes of names of files that are no text are written as they are shown."""

from typing import Any, Literal

from pydantic import BaseModel
from pydantic_core import to_json

from nasbench_mvit.io.text_files import escaped


def json_text(content: object, *, indent: int | None = None) -> str:
    r"""Return a model, or plain data of JSON's types, as JSON in UTF-8.

    Bytes of paths that are not UTF-8, for which JSON has no text, look like ``\udce9`` to a reader;
    ``io.text_files.restored`` returns the path.
    """
    inf_nan: Literal["null", "constants", "strings"] = "constants"
    if isinstance(content, BaseModel):
        inf_nan = content.model_config.get("ser_json_inf_nan", "null")
        content = content.model_dump(mode="json")
    return to_json(_as_text(content), indent=indent, inf_nan_mode=inf_nan).decode()


def _as_text(value: Any) -> Any:
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, dict):
        return {_as_text(key): _as_text(entry) for key, entry in value.items()}
    return [_as_text(entry) for entry in value] if isinstance(value, list | tuple) else value
