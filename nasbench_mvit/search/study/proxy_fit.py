"""Checks that a proxy can compare what a space varies."""

from nasbench_mvit.architecture.axis import Axis
from nasbench_mvit.architecture.patches import map_side, num_patches
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import StudyError, listed
from nasbench_mvit.training.proxy.recipe import ProxyConfig

MIN_PATCHES = 4


def check_proxy_fits(space: SearchSpace, proxy: ProxyConfig) -> None:
    """Refuse a space that varies what the proxy cannot compare.

    The networks must be for the proxy's task. The resolution may not vary, for the proxy trains
    at a size of its own. The patch of a stage may vary only among sizes of which the proxy's
    feature map there holds four patches or more: on fewer, attention has too little to attend to
    for the choice to mean anything.

    Raises:
        StudyError: naming the axis, the rule and the values that would do.
    """
    if space.task != proxy.task:
        raise StudyError(
            f"space {space.name} is of networks for {space.task}, and the proxy trains for "
            f"{proxy.task}. Set proxy.task to {space.task}, or choose a space with `task: "
            f"{proxy.task}`."
        )
    for axis in space.varying():
        if axis.name == "resolution":
            raise StudyError(
                f"space {space.name} varies the resolution, which a proxy of fixed size cannot "
                "compare: lower would always look better. Give the axis a single value."
            )
        if axis.name.endswith(".patch"):
            _check_patch_axis(space, axis, proxy.input_size)


def check_classifies(proxy: ProxyConfig, what: str) -> None:
    """Refuse a proxy that does not classify, for ``what`` in the message.

    Raises:
        StudyError: it does not.
    """
    if not proxy.classifies:
        raise StudyError(
            f"{what} of a proxy for {proxy.task} cannot be made yet: proxy.task must be "
            "classification. Search by training instead."
        )


def _check_patch_axis(space: SearchSpace, axis: Axis, input_size: int) -> None:
    side = map_side(axis.name, input_size)
    counts = {
        label: num_patches(side, patch)
        for label, patch in zip(axis.labels(), axis.choices, strict=True)
        if isinstance(patch, tuple)
    }
    if min(counts.values()) >= MIN_PATCHES:
        return
    found = ", ".join(f"{label}: {count}" for label, count in counts.items())
    fitting = [label for label, count in counts.items() if count >= MIN_PATCHES]
    remedy = f"keep {listed(fitting)}" if fitting else "give the axis a single value"
    raise StudyError(
        f"space {space.name} varies {axis.name}, but on the proxy's {side}×{side} map "
        f"({input_size} px input) some choices hold fewer than {MIN_PATCHES} patches ({found}). "
        f"Raise proxy.input_size, or {remedy}."
    )
