"""A BMC that lies: it does nothing, and says ever after that it did."""

from millpond.lab.layout import ServerLayout


class Lie:
    """A file; empty until the BMC has been told to do something. No file: it is honest."""

    def __init__(self, server: ServerLayout) -> None:
        self._file = server.bmc / "lie"

    @property
    def told(self) -> bool:
        return self._file.exists()

    def begin(self) -> None:
        self._file.touch()

    def end(self) -> None:
        self._file.unlink(missing_ok=True)

    def tell(self, on: bool) -> bool:
        """Pretend to switch the server; False if the BMC is honest."""
        if self.told:
            self._file.write_text(f"{on:d}")
        return self.told

    def claimed(self, on: bool) -> bool:
        """What the BMC says of a server that is ``on`` or not."""
        try:
            return {"0": False, "1": True}.get(self._file.read_text(), on)
        except FileNotFoundError:
            return on
