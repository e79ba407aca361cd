"""``ablate``: what each setting changes, beside the paper's figures."""
