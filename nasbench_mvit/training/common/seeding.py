"""What a training draws, as a function of its seed and of where it stands."""

import numpy as np
import torch

INITIALISATION = 2**32  # stands where a step does when the weights are drawn


def reseed(*entropy: int) -> None:
    """Make what torch draws next (weights, dropout) a function of the seed, the step and so on."""
    state = np.random.SeedSequence(entropy).generate_state(1, np.uint64)
    torch.manual_seed(int(state[0]))
