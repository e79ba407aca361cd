"""The formats a network can be exported in, by name; a new one is a file and a line here."""

from collections.abc import Sequence

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError, check_types, listed, unknown
from nasbench_mvit.export.extras import require_extra
from nasbench_mvit.export.formats import (
    coreml,
    executorch,
    hub_layouts,
    litert,
    onnx,
    torch_program,
)
from nasbench_mvit.export.formats.contract import Format
from nasbench_mvit.export.interface import Precision

FORMATS = {
    "onnx": onnx.FORMAT,
    "coreml": coreml.FORMAT,
    "executorch": executorch.FORMAT,
    "litert": litert.FORMAT,
    "torch": torch_program.FORMAT,
    "transformers": hub_layouts.TRANSFORMERS,
    "timm": hub_layouts.TIMM,
}


def find_formats(names: Sequence[str], precision: Precision) -> list[str]:
    """Return the names of formats, each once.

    Raises:
        ExportError: a name is unknown, or a format does not know the precision.
    """
    check_types(names, str, "`formats=` must be a list of names", ExportError)
    for name in names:
        if name not in FORMATS:
            raise ExportError(unknown("format", name, FORMATS))
        known = FORMATS[name].precisions
        if precision not in known:
            others = [other for other, form in FORMATS.items() if precision in form.precisions]
            raise ExportError(
                f"{FORMATS[name].title} is not written in {precision}, only in {listed(known)}. "
                f"{precision} is written as {listed(others)}."
            )
    return list(dict.fromkeys(names))


def check_installed(names: Sequence[str]) -> None:
    """Check that all that formats need is there.

    Raises:
        ExportError: a library is not installed.
    """
    for name in names:
        for package in FORMATS[name].packages:
            require_extra(package, FORMATS[name].extra or "")
        if (ready := FORMATS[name].ready) is not None:
            ready()


def partitions(names: Sequence[str], spec: MobileViTSpec, precision: Precision) -> list[str]:
    """Return a line for each format's accelerator: the operations that would leave it."""
    return [
        f"{FORMATS[name].title}: {text}"
        for name in names
        for text in partition_of(FORMATS[name], spec, precision)
    ]


def partition_of(form: Format, spec: MobileViTSpec, precision: Precision) -> list[str]:
    """Return the operations that would leave the accelerator of a format, if it has one."""
    if form.partition is None:
        return []
    text = form.partition(spec, precision)
    is_all = spec.task == "classification"
    return [text if is_all else f"{text}. This is of the backbone: no head was looked into"]


def check_spec(names: Sequence[str], spec: MobileViTSpec) -> None:
    """Check that formats can hold a network.

    Raises:
        ExportError: one cannot.
    """
    for name in names:
        if spec.task not in FORMATS[name].tasks:
            able = [other for other, form in FORMATS.items() if spec.task in form.tasks]
            raise ExportError(
                f"{FORMATS[name].title} holds networks for {listed(FORMATS[name].tasks)} only, "
                f"and this one is for {spec.task}. Formats for that are {listed(able)}."
            )
        if (check := FORMATS[name].check_spec) is not None:
            check(spec)
