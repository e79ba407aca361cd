"""The last word of a search: its front, trained anew with fresh seeds and scored on test images.

A front is the best of many noisy draws on images the search looked at, so its scores flatter.
Finalists and the published networks are trained by the study's proxy with seeds used nowhere before
and scored once on images used nowhere before. Nothing of it reaches the search.
"""
