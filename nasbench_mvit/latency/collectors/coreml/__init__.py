"""Core ML on this Mac, or on an iPhone connected to it."""
