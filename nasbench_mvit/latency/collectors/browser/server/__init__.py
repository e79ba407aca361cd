"""The server of the phone's page: addresses, TLS, who may talk to it, and its answers."""
