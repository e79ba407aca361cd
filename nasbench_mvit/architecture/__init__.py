"""Networks and search spaces as frozen data, without torch."""
