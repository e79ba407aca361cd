"""The surrogate: what a training by the proxy would come to, estimated from those that were run."""
