"""This machine through ExecuTorch."""
