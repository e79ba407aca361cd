"""Images with boxes or class masks: COCO, VOC, Hugging Face, composed scenes; augmentation."""
