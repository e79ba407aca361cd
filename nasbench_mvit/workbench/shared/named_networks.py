"""Networks under the names by which a person gave them."""

from collections.abc import Mapping, Sequence

from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.spec import A_SPEC, MobileViTSpec
from nasbench_mvit.errors import SpecError, check_types, unknown
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.latency.networks.file import FORMATS, read_networks

#: Networks, by their names where they have some.
Networks = Sequence[MobileViTSpec] | Mapping[str, MobileViTSpec]


def named_networks(name: str) -> dict[str, MobileViTSpec]:
    """Return the published network of that name, or the networks of the file of that path.

    The only network of a file has the name of the file, those of several as ``names_and_specs``.

    Raises:
        SpecError: it is neither a published name nor the path of a JSON file.
        MeasurementError: the file cannot be read, or holds no networks.
    """
    if name in PUBLISHED:
        return {name: published(name)}
    path = expanded(name)
    if path.suffix not in {".json", ".jsonl"}:
        raise SpecError(
            f"{unknown('network', name, PUBLISHED)} Give one of your own by the path of a "
            f".json or .jsonl file: {FORMATS}."
        )
    names, specs = names_and_specs(read_networks(path))
    return {path.stem: specs[0]} if len(specs) == 1 else dict(zip(names, specs, strict=True))


def names_and_specs(networks: Networks) -> tuple[list[str], list[MobileViTSpec]]:
    """Return the names of networks beside them: those given, else the published, else the ids."""
    specs = list(networks.values()) if isinstance(networks, Mapping) else networks
    check_types(
        specs, MobileViTSpec, f"{A_SPEC}, and networks a list or mapping of such", SpecError
    )
    if isinstance(networks, Mapping):
        return list(networks), list(networks.values())
    titles = {published(name): name for name in PUBLISHED}
    return [titles.get(spec, spec.id) for spec in networks], list(networks)
