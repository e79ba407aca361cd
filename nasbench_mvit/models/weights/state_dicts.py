"""The state dict of one network among all that a file holds, by the names of its source."""

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from torch import Tensor

from nasbench_mvit.errors import WeightsError, listed, nearest
from nasbench_mvit.models.weights.inert_pickle import Inert, is_module, module_tensors

StateDict = dict[str, Tensor]

# What torch puts around a module: DataParallel, torch.compile, FSDP, activation checkpointing.
WRAPPERS = frozenset({"module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"})
AVERAGES = frozenset({"ema", "average", "averaged", "avg", "swa"})
AVERAGE_COUNTER = "n_averaged"  # of torch's AveragedModel, beside the weights
MAX_DEPTH = 4
WHOLE = "the file"


def find_state_dicts(
    content: object, anchors: Mapping[str, Sequence[str]], backbones: Mapping[str, str]
) -> dict[str, StateDict]:
    """Return the state dicts of whole networks in a file, by their places in it.

    Names lose what torch's wrappers, and the prefix under which a network is a part of something
    else, put before them. A place is the keys that lead to the state dict and such a prefix. Where
    no network is whole, it is the largest state dict, as it is.

    Args:
        content: content of a file, as ``read_file`` returns it.
        anchors: names of which only the state dict of a whole network has one, for each source.
        backbones: what precedes the names of a backbone in a network with a name of its head.
    """
    found: dict[str, StateDict] = {}
    for place, state in _state_dicts(content):
        ends = [
            (key, anchor)
            for anchor in itertools.chain.from_iterable(anchors.values())
            for key in state
            if f".{key}".endswith(f".{anchor}")
        ]
        prefixes = [key.removesuffix(anchor) for key, anchor in ends]
        prefixes = [_of_network(prefix, state, backbones) for prefix in prefixes]
        for prefix in prefixes:
            inner = [other for other in prefixes if len(other) > len(prefix)]
            part = {
                key.removeprefix(prefix): value
                for key, value in state.items()
                if key.startswith(prefix) and not any(map(key.startswith, inner))
            }
            found[".".join(filter(None, (place, prefix.rstrip("."))))] = part
    largest = sorted(_state_dicts(content), key=lambda entry: len(entry[1]))[-1:]
    return found or dict(largest)


def _of_network(prefix: str, state: StateDict, backbones: Mapping[str, str]) -> str:
    """Return the prefix of the network whose backbone has this one, or it itself."""
    for name, backbone in backbones.items():
        outer = prefix.removesuffix(backbone)
        if prefix.endswith(backbone) and f"{outer}{name}" in state:
            return outer
    return prefix


def digest_of(state: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of names and tensors, whatever their order."""
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode())
        digest.update(state[name].contiguous().numpy().tobytes())
    return digest.hexdigest()


def choose(found: Mapping[str, StateDict], part: str | None, path: object) -> tuple[str, str]:
    """Return the place of the state dict to take, and why it is that one ("" where it is alone).

    Of several the moving average of weights is taken, told by its place: like ``state_dict_ema``.

    Args:
        found: by ``find_state_dicts``.
        part: the place that is asked for; None for the rule above.
        path: path of the file, for messages.

    Raises:
        WeightsError: there is none, none of that place, or no single moving average.
    """
    places = [place or WHOLE for place in found]
    if part is not None:
        if part not in places:
            raise WeightsError(
                f"{path} holds no weights under '{part}'.{nearest(part, places)} Available: "
                f"{listed(places)}."
            )
        return ("" if part == WHOLE else part), ""
    if len(found) == 1:
        return next(iter(found)), ""
    averages = [place for place in found if AVERAGES & set(re.split(r"[._]", place.lower()))]
    if len(averages) != 1:
        raise WeightsError(
            f"{path} holds several sets of weights: {listed(places)}. Say by `part=` which to take."
        )
    return averages[0], (
        f"of the weights {listed(places)} in {path} the moving average is taken, {averages[0]}; "
        "`part=` takes others"
    )


def _state_dicts(
    content: object, place: str = "", depth: int = 0
) -> Iterator[tuple[str, StateDict]]:
    """Yield all mappings of names to tensors, and modules as such mappings, with their places."""
    if isinstance(content, Inert) and is_module(content):
        yield place, _unwrapped(dict(module_tensors(content)))
    elif isinstance(content, Mapping):
        tensors = {str(key): value for key, value in content.items() if isinstance(value, Tensor)}
        tensors.pop(AVERAGE_COUNTER, None)
        if tensors:
            yield place, _unwrapped(tensors)
        if depth < MAX_DEPTH:
            for key, value in content.items():
                yield from _state_dicts(value, f"{place}.{key}".lstrip("."), depth + 1)


def _unwrapped(state: StateDict) -> StateDict:
    """Return a state dict without the names of wrappers, as it is where names would collide."""
    renamed = {
        ".".join(part for part in key.split(".") if part not in WRAPPERS): value
        for key, value in state.items()
    }
    return renamed if len(renamed) == len(state) else state
