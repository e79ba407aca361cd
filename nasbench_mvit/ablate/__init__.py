"""The entry of ``python -m nasbench_mvit.ablate``; what it runs is in ``ablation``."""
