"""``python -m nasbench_mvit.dashboard``: its pages draw what ``workbench`` computes."""
