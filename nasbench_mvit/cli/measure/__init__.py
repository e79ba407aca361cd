"""``measure``: time networks on a device."""
