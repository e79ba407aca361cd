"""From sources of images to arrays: decoding, splits, cache, transforms, batches."""
