"""Ablation studies: arms that differ in one thing, paired seeds, effects beside the paper's."""
