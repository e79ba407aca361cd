"""COCO's format: its records, the layout of its folders, its images."""
