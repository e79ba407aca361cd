"""Problems: the records that break a rule, found in one pass and told in one message."""

from nasbench_mvit.errors import DataError, counted

MAX_SHOWN = 5


class Problems:
    """What is wrong with the annotations of one source.

    Attributes:
        source: the file or set that they are of.
    """

    def __init__(self, source: object) -> None:
        """Start with none."""
        self.source = source
        self._shown: list[str] = []
        self._count = 0

    def add(self, record: str, rule: str) -> None:
        """Note that a record, which names its field, breaks a rule."""
        self._count += 1
        if self._count <= MAX_SHOWN:
            self._shown.append(f"{record} {rule}")

    def check(self) -> None:
        """Refuse the source if there is any.

        Raises:
            DataError: its message shows the first records.
        """
        if self._count:
            more = self._count - len(self._shown)
            rest = f"; and {more:,} more" if more else ""
            raise DataError(
                f"{self.source}: {counted(self._count, 'record')} cannot be used: "
                f"{'; '.join(self._shown)}{rest}. Correct or remove them."
            )
