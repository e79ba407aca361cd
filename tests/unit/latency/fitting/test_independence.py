import dataclasses

import numpy as np
from latency_law import networks

from nasbench_mvit.architecture.published import published
from nasbench_mvit.latency.fitting.independence import independent

XS = published("mobilevit_xs")


def test_a_network_that_differs_in_one_field_alone_is_a_variant_and_so_is_the_other() -> None:
    specs = [
        XS,
        dataclasses.replace(XS, resolution=224),
        dataclasses.replace(XS, stem_channels=24),
        published("mobilevit_s"),
        published("mobilevit_xxs"),
        dataclasses.replace(published("mobilevit_s"), resolution=224, stem_channels=24),
    ]
    assert independent(specs).tolist() == [False, False, False, True, True, True]


def test_one_network_and_networks_drawn_at_random_are_variants_of_none() -> None:
    assert independent([XS]).tolist() == [True]
    assert np.mean(independent(networks(40))) == 1.0
