"""What trackers have kept, read back by their own readers: runs with parameters, curves, files."""
# ruff: noqa: PLC0415 - the libraries are extras

import contextlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOG_HEADER, LOG_BLOCK = 7, 2**15
Curves = dict[str, list[tuple[int, float]]]


@dataclass
class Kept:
    """A run: its parameters as text, its curves by name, the names of its files."""

    params: dict[str, str] = field(default_factory=dict)
    curves: Curves = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    parent: str = ""
    status: str = ""

    def point(self, name: str, step: int, value: float) -> None:
        self.curves.setdefault(name, []).append((step, value))


def tensorboard_runs(folder: Path) -> dict[str, Kept]:
    """Return runs by the names of their folders."""
    from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
    from tensorboard.util import tensor_util

    events = EventMultiplexer().AddRunsFromDirectory(str(folder)).Reload()
    runs = {}
    for name, tags in events.Runs().items():
        kept = runs[name] = Kept(parent=str(Path(name).parent))
        for tag in tags["scalars"]:
            kept.curves[tag] = [(e.step, e.value) for e in events.Scalars(name, tag)]
        for tag in tags["tensors"]:
            text = tensor_util.make_ndarray(events.Tensors(name, tag)[0].tensor_proto)
            if not tag.startswith("parameters"):
                kept.files.add(tag.removesuffix("/text_summary"))
                continue
            rows = text[0].decode().splitlines()[2:]
            cells = [row.strip("| ").split(" | ", 1) for row in rows]
            kept.params = {cell[0]: cell[-1] for cell in cells}
    return runs


def mlflow_runs(uri: str) -> dict[str, Kept]:
    """Return runs by their names."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    (experiment,) = [e for e in client.search_experiments() if e.name == "nasbench_mvit"]
    found = client.search_runs([experiment.experiment_id])
    names = {run.info.run_id: run.info.run_name for run in found}
    runs = {}
    for run in found:
        kept = Kept(params=run.data.params, status=run.info.status)
        kept.parent = names.get(run.data.tags.get("mlflow.parentRunId"), "")
        for name in run.data.metrics:
            for point in client.get_metric_history(run.info.run_id, name):
                kept.point(name, point.step, point.value)
        kept.files = {Path(entry.path).name for entry in client.list_artifacts(run.info.run_id)}
        runs[run.info.run_name] = kept
    return runs


def wandb_runs(folder: Path) -> dict[str, Kept]:
    """Return the runs of offline mode by their names; a continued one has several files."""
    from wandb.proto import wandb_internal_pb2

    runs: dict[str, Kept] = {}
    for path in sorted(folder.rglob("*.wandb")):
        kept = Kept()
        for data in _log_records(path.read_bytes()):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            _read_wandb(record, kept, runs)
    return runs


def _log_records(data: bytes) -> Iterator[bytes]:
    """Yield the records of a log in LevelDB's format, of which W&B 0.31 has no reader in Python."""
    place, parts = LOG_HEADER, b""
    while place + LOG_HEADER <= len(data):
        if (left := LOG_BLOCK - place % LOG_BLOCK) < LOG_HEADER:
            place += left
            continue
        size, kind = struct.unpack_from("<HB", data, place + 4)  # after the checksum
        if kind in {1, 2}:  # whole, or the first part; what was left of one that was cut is gone
            parts = b""
        parts += data[place + LOG_HEADER : place + LOG_HEADER + size]
        place += LOG_HEADER + size
        if kind in {1, 4}:  # whole, or the last part
            yield parts


def _read_wandb(record: Any, kept: Kept, runs: dict[str, Kept]) -> None:
    kind = record.WhichOneof("record_type")
    if kind == "run":
        known = runs.setdefault(record.run.display_name, kept)
        parent = _parent(record.run.display_name, record.run.run_group)
        kept.params, kept.parent = known.params, parent
        kept.curves, kept.files = known.curves, known.files
        known.params.update(
            {item.key: str(json.loads(item.value_json)) for item in record.run.config.update}
        )
        known.parent = parent
    elif kind == "history":
        values = {
            "/".join(item.nested_key) or item.key: json.loads(item.value_json)
            for item in record.history.item
        }
        for name, value in values.items():
            if name != "step" and not name.startswith("_"):
                kept.point(name, values["step"], value)
    elif kind == "request" and record.request.HasField("log_artifact"):
        kept.files |= {e.path for e in record.request.log_artifact.artifact.manifest.contents}
    elif kind == "artifact":
        kept.files |= {entry.path for entry in record.artifact.manifest.contents}


def _parent(name: str, group: str) -> str:
    """Return the group of a run, that of the whole is not its parent."""
    return "" if name == group else group


def trackio_runs(project: str) -> dict[str, Kept]:
    """Return the runs of a project by their names."""
    from trackio.sqlite_storage import SQLiteStorage

    runs = {}
    for run in SQLiteStorage.get_runs(project):
        name = run["name"] if isinstance(run, dict) else run
        config = SQLiteStorage.get_run_config(project, name) or {}
        group = config.get("_Group", "")
        kept = Kept(params={k: str(v) for k, v in config.items()}, parent=_parent(name, group))
        for row in SQLiteStorage.get_logs(project, name):
            for key, value in row.items():
                if isinstance(value, float | int) and key not in {"step", "timestamp"}:
                    kept.point(key, row["step"], float(value))
        runs[name] = kept
    with contextlib.suppress(AttributeError):
        for artefact in SQLiteStorage.list_artifacts(project):
            for kept in runs.values():
                kept.files.add(artefact["name"])
    return runs
