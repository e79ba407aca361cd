"""The formats a network can be exported in, a file each; the contract, and all of them by name."""
