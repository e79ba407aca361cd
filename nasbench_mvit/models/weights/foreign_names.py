"""The parameter names of the published networks in other implementations.

A layout is data: the path of each part in a source's state dict, where ``{i}`` is the index of a
stage from 0 and ``{n}`` from 1, ``{j}`` of an MV2 block in its stage, ``{l}`` of a transformer
layer and ``{depth}`` the number of those. Read in:

* transformers ``models/mobilevit/modeling_mobilevit.py`` (``MobileViTForImageClassification``);
* timm ``models/mobilevit.py`` and ``models/byobnet.py`` (``BottleneckBlock``, ``MobileVitBlock``);
* ml-cvnets ``cvnets/models/classification/mobilevit.py``, ``cvnets/modules/mobilenetv2.py``,
  ``mobilevit_block.py`` and ``transformer.py``, ``cvnets/layers/multi_head_attention.py``; v3 as in
  micronDLA/MobileViTv3, which is made from it.

Separable attention (v2, and v3 on v2) has layouts of its own, which differ in the block. v1 and v3
share theirs: a part that a block lacks has no name in either.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.weights.foreign_heads import HEAD_LAYOUTS, head_modules, projected_by


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The names of one source; ``conv`` and ``norm`` follow the path of a convolution unit."""

    conv: str
    norm: str
    stem: str
    mv2: str
    mv2_before_block: str
    expand: str
    depthwise: str
    project: str
    block: str
    local: str
    to_tokens: str
    layer: str
    attention_norm: str
    qkv: tuple[str, ...]
    proj: str
    ffn_norm: str
    ffn_expand: str
    ffn_reduce: str
    block_norm: str
    from_tokens: str
    fuse: str
    head: str
    classifier: str


LAYOUTS = {
    "transformers": Layout(
        conv="convolution",
        norm="normalization",
        stem="mobilevit.conv_stem",
        mv2="mobilevit.encoder.layer.{i}.layer.{j}",
        mv2_before_block="mobilevit.encoder.layer.{i}.downsampling_layer",
        expand="expand_1x1",
        depthwise="conv_3x3",
        project="reduce_1x1",
        block="mobilevit.encoder.layer.{i}",
        local="conv_kxk",
        to_tokens="conv_1x1.convolution",
        layer="transformer.layer.{l}",
        attention_norm="layernorm_before",
        qkv=("attention.attention.query", "attention.attention.key", "attention.attention.value"),
        proj="attention.output.dense",
        ffn_norm="layernorm_after",
        ffn_expand="intermediate.dense",
        ffn_reduce="output.dense",
        block_norm="layernorm",
        from_tokens="conv_projection",
        fuse="fusion",
        head="mobilevit.conv_1x1_exp",
        classifier="classifier",
    ),
    "timm": Layout(
        conv="conv",
        norm="bn",
        stem="stem",
        mv2="stages.{i}.{j}",
        mv2_before_block="stages.{i}.{j}",
        expand="conv1_1x1",
        depthwise="conv2_kxk",
        project="conv3_1x1",
        block="stages.{i}.1",
        local="conv_kxk",
        to_tokens="conv_1x1",
        layer="transformer.{l}",
        attention_norm="norm1",
        qkv=("attn.qkv",),
        proj="attn.proj",
        ffn_norm="norm2",
        ffn_expand="mlp.fc1",
        ffn_reduce="mlp.fc2",
        block_norm="norm",
        from_tokens="conv_proj",
        fuse="conv_fusion",
        head="final_conv",
        classifier="head.fc",
    ),
    "ml-cvnets": Layout(
        conv="block.conv",
        norm="block.norm",
        stem="conv_1",
        mv2="layer_{n}.{j}.block",
        mv2_before_block="layer_{n}.{j}.block",
        expand="exp_1x1",
        depthwise="conv_3x3",
        project="red_1x1",
        block="layer_{n}.1",
        local="local_rep.conv_3x3",
        to_tokens="local_rep.conv_1x1.block.conv",
        layer="global_rep.{l}",
        attention_norm="pre_norm_mha.0",
        qkv=("pre_norm_mha.1.qkv_proj",),
        proj="pre_norm_mha.1.out_proj",
        ffn_norm="pre_norm_ffn.0",
        ffn_expand="pre_norm_ffn.1",
        ffn_reduce="pre_norm_ffn.4",
        block_norm="global_rep.{depth}",
        from_tokens="conv_proj",
        fuse="fusion",
        head="conv_1x1_exp",
        classifier="classifier.fc",
    ),
}

SEPARABLE_LAYOUTS = {
    "transformers": replace(
        LAYOUTS["transformers"],
        stem="mobilevitv2.conv_stem",
        mv2="mobilevitv2.encoder.layer.{i}.layer.{j}",
        mv2_before_block="mobilevitv2.encoder.layer.{i}.downsampling_layer",
        block="mobilevitv2.encoder.layer.{i}",
        qkv=("attention.qkv_proj.convolution",),
        proj="attention.out_proj.convolution",
        ffn_expand="ffn.conv1.convolution",
        ffn_reduce="ffn.conv2.convolution",
    ),
    "timm": replace(LAYOUTS["timm"], qkv=("attn.qkv_proj",), proj="attn.out_proj"),
    "ml-cvnets": replace(
        LAYOUTS["ml-cvnets"],
        local="local_rep.0",
        to_tokens="local_rep.1.block.conv",
        attention_norm="pre_norm_attn.0",
        qkv=("pre_norm_attn.1.qkv_proj.block.conv",),
        proj="pre_norm_attn.1.out_proj.block.conv",
        ffn_expand="pre_norm_ffn.1.block.conv",
        ffn_reduce="pre_norm_ffn.3.block.conv",
        classifier="classifier.1",
    ),
}


def layout_of(spec: MobileViTSpec, source: str) -> Layout:
    """Return the names of a source for a network, by the attention of its blocks."""
    kinds = {stage.block.attention for stage in spec.stages if stage.block is not None}
    return (SEPARABLE_LAYOUTS if kinds == {"separable"} else LAYOUTS)[source]


def modules(spec: MobileViTSpec, source: str) -> dict[str, tuple[str, ...]]:
    """Map each module with weights of ``build_model(spec)`` to its path or paths in a source."""
    names, head = layout_of(spec, source), spec.task_head
    if head is None:
        return dict([*_backbone(spec, names), *_classifier(spec, names)])
    before = HEAD_LAYOUTS[head.task, source].backbone
    channels = (spec.stages[-2].channels, spec.stages[-1].channels)
    parts = head_modules(head, projected_by(head, channels), source, names.conv, names.norm)
    backbone = {
        ours: tuple(f"{before}{path}" for path in paths) for ours, paths in _backbone(spec, names)
    }
    return backbone | {ours: (path,) for ours, path in parts}


def _classifier(spec: MobileViTSpec, names: Layout) -> Iterator[tuple[str, tuple[str, ...]]]:
    if spec.head_channels:
        yield from _unit("head", names.head, names)
    yield "classifier", (names.classifier,)


def _backbone(spec: MobileViTSpec, names: Layout) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from _unit("stem", names.stem, names)
    for i, stage in enumerate(spec.stages):
        mv2 = names.mv2 if stage.block is None else names.mv2_before_block
        for j in range(stage.mv2_depth):
            theirs = mv2.format(i=i, n=i + 1, j=j)
            for part in ("expand", "depthwise", "project"):
                path = f"{theirs}.{getattr(names, part)}"
                yield from _unit(f"stages.{i}.mv2.{j}.{part}", path, names)
        if stage.block is not None:
            theirs = names.block.format(i=i, n=i + 1)
            yield from _block(f"stages.{i}.block", theirs, stage.block, names)


def _block(
    ours: str, theirs: str, block: BlockSpec, names: Layout
) -> Iterator[tuple[str, tuple[str, ...]]]:
    parts = {"local": names.local}
    if block.is_projected:
        parts["from_tokens"] = names.from_tokens
    if block.fusion:  # where the fusion projects, it has the name of the projection
        parts["fuse"] = names.fuse if block.is_projected else names.from_tokens
    for part, path in parts.items():
        yield from _unit(f"{ours}.{part}", f"{theirs}.{path}", names)
    yield f"{ours}.to_tokens", (f"{theirs}.{names.to_tokens}",)
    yield f"{ours}.norm", (f"{theirs}.{names.block_norm.format(depth=block.depth)}",)
    for index in range(block.depth):
        layer = f"{theirs}.{names.layer.format(l=index)}"
        for part, paths in (
            ("attention_norm", (names.attention_norm,)),
            ("attention.qkv", names.qkv),
            ("attention.proj", (names.proj,)),
            ("ffn_norm", (names.ffn_norm,)),
            ("ffn_expand", (names.ffn_expand,)),
            ("ffn_reduce", (names.ffn_reduce,)),
        ):
            yield f"{ours}.layers.{index}.{part}", tuple(f"{layer}.{path}" for path in paths)


def _unit(ours: str, theirs: str, names: Layout) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield f"{ours}.conv", (f"{theirs}.{names.conv}",)
    yield f"{ours}.norm", (f"{theirs}.{names.norm}",)
