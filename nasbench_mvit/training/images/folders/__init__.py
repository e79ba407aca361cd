"""Folders of images: what lies in one, its splits, and reading it."""
