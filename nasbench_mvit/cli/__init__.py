"""The commands; one module per verb, run as ``python -m nasbench_mvit.VERB``."""
