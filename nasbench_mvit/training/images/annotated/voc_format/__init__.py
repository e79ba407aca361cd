"""VOC's format: its XML files, the layout of its folders, its images and masks."""
