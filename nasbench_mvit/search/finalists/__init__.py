"""The final evaluation of a search: its front, trained with fresh seeds and scored on test images.

A front is the best of many noisy scores on the validation images, so its scores are optimistic.
Finalists and the published networks are trained by the study's proxy with unused seeds and scored
once on unused images. No result of this reaches the search.
"""
