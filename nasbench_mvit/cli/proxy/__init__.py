"""``proxy``: whether a study's proxy ranks networks as longer training does."""
