"""The URL of a study's store, as it may be shown."""

from nasbench_mvit.search.store.location import Location


def without_password(url: str) -> str:
    """Return a SQLAlchemy URL without user and password.

    Raises:
        StoreError: this is no URL.
    """
    return str(Location(url=url, exclusive=False))
