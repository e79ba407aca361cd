"""The model card: what a person who gets the folder must know, on a page."""

from nasbench_mvit.export.interface import CHANNELS, INPUT, OUTPUT, OUTPUT_WORDS, OUTPUTS
from nasbench_mvit.export.manifest import (
    Check,
    FormatRecord,
    ImagesRecord,
    LatencyRecord,
    Manifest,
)

PERCENT = 100.0
MIB = 2**20
MAX_CLASSES_LISTED = 50


def model_card(manifest: Manifest) -> str:
    """Return the card as Markdown."""
    parts = [
        f"# {manifest.title}",
        _what_it_is(manifest),
        "## Files",
        *(_format(record) for record in manifest.formats.values()),
        "## Input and output",
        _interface(manifest),
        "## Weights and accuracy",
        f"{_sentence(manifest.weights)} {_sentence(manifest.accuracy)}",
        "## Latency",
        _latencies(manifest),
        "## Images",
        _images(manifest),
        "## Made by",
        f"```\n{manifest.command}\n```",
        ", ".join(f"{name} {version}" for name, version in manifest.versions.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _what_it_is(manifest: Manifest) -> str:
    return (
        f"A MobileViT, {manifest.origin}: {manifest.params:,} parameters, {manifest.macs:,} MACs "
        f"at {manifest.resolution} px, specification `{manifest.identity.spec_id}` in `spec.json`."
    )


def _format(record: FormatRecord) -> str:
    files = ", ".join(f"`{file.name}` ({file.size_bytes / MIB:.1f} MiB)" for file in record.files)
    made_by = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    lines = [f"**{record.title}**: {files}; {record.precision}. Written by {made_by}."]
    if record.check is None:
        lines.append(f"- {_sentence(record.unchecked)}")
    else:
        lines.append(f"- {_sentence(check_text(record.check))}")
    if record.failure is not None:
        lines.append(f"- **Do not use it: {record.failure}.**")
    lines += [f"- {_sentence(note)}" for note in record.notes]
    if record.interface:
        lines.append(f"- Input and output: {record.interface}.")
    return "\n".join(lines)


def check_text(check: Check) -> str:
    """Return the comparison of a file with torch, in words."""
    share = check.relative_difference
    text = (
        f"against torch on {check.num_canvases} images, run by {check.runtime}: "
        f"{OUTPUT_WORDS[check.task]} differ by at most {check.max_difference:.2g} ({share:.1e} of "
        f"the largest), {_agreement(check)}"
    )
    if check.top1_torch is None or check.top1_file is None:
        return text
    change = (check.top1_file - check.top1_torch) * PERCENT
    return (
        f"{text}; top-1 {check.top1_file:.1%}, torch's is {check.top1_torch:.1%} "
        f"({change:+.1f} points)"
    )


def _agreement(check: Check) -> str:
    """Return the share of answers that agree, in words."""
    if check.task == "detection":
        return f"{check.agreement:.1%} of the boxes that torch finds are found too"
    if check.task == "segmentation":
        return f"the class agrees in {check.agreement:.1%} of the pixels"
    return f"top-1 agrees in {check.agreement:.1%}"


def _interface(manifest: Manifest) -> str:
    side = manifest.resolution
    return (
        f"`{INPUT}`: float32 (1, {CHANNELS}, {side}, {side}), RGB, values from 0 to 1, no further "
        f"normalisation. {_outputs(manifest)} {_classes(manifest)}"
    )


def _outputs(manifest: Manifest) -> str:
    """Return the outputs with their meaning, in words."""
    count, cells = manifest.num_classes, manifest.cells
    boxes, scores = OUTPUTS["detection"]
    if manifest.task == "detection":
        return (
            f"For each of N anchors `{boxes}`: float32 (1, N, 4), the corners x1, y1, x2, y2 of a "
            f"box in shares of the image, and `{scores}`: float32 (1, N, {count}), the probability "
            "of each class; non-maximum suppression is left to the app."
        )
    if manifest.task == "segmentation":
        return (
            f"`{OUTPUT}`: float32 (1, {count}, h, w), one for each class and pixel of a smaller "
            "map: scale them to the image bilinearly, and take the class of the largest."
        )
    meaning = (
        f"one logit for each of {count} classes"
        if cells == 1
        else f"{count} logits for each of the {cells} cells of the canvas, row by row"
    )
    return f"`{OUTPUT}`: float32 (1, {cells * count}), {meaning}."


def _classes(manifest: Manifest) -> str:
    if manifest.classes is None:
        return "Nobody named the classes."
    names = ", ".join(manifest.classes[:MAX_CLASSES_LISTED])
    if manifest.num_classes > MAX_CLASSES_LISTED:
        names += ", … (all in `export.json`)"
    return f"Classes: {names}."


def _latencies(manifest: Manifest) -> str:
    lines = [f"- {latency_text(latency)}" for latency in manifest.latencies]
    return "\n".join(lines) or "None is known."


def latency_text(latency: LatencyRecord) -> str:
    """Return a latency with its kind and interval, in words."""
    unlike = ", unlike what it was calibrated on" if latency.extrapolating else ""
    interval = f" [{latency.low:.2f}, {latency.high:.2f}]" if latency.low < latency.high else ""
    return f"{latency.ms:.2f} ms{interval}, {latency.kind}{unlike}: {latency.of}"


def _images(manifest: Manifest) -> str:
    """Return the images of the checks, with the formats where not all had the same."""
    shown: dict[ImagesRecord, list[str]] = {}
    for record in manifest.formats.values():
        shown.setdefault(record.images or manifest.images, []).append(record.title)
    return "\n\n".join(
        f"{'The files' if len(shown) < 2 else ', '.join(titles)} were checked on, and where it "
        f"says so calibrated with, {images.name}, {images.scaling}. Licence: {images.licence}. "
        f"Origin: {images.origin}."
        for images, titles in (shown or {manifest.images: []}).items()
    )


def _sentence(text: str) -> str:
    """Return ``text`` as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
