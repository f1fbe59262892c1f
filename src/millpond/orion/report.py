"""The files of a run, all named ``<testname>_<yyyymmdd_hhmm>_…``. They are written anew after each load point,
so that a run that is broken off leaves what it has measured."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from millpond.domain.errors import Failed
from millpond.orion import histogram, summary, tables
from millpond.orion.results import Measured
from millpond.orion.summary import Plan


class Report:
    """The files of one run. The methods raise ``Failed`` if they cannot be written."""

    def __init__(self, test: Plan, begun: datetime) -> None:
        self._test = test
        self.name = f"{test.request.testname}_{begun:%Y%m%d_%H%M}"
        self.found: list[Measured] = []
        self._write("trace.txt", "")
        self._write_all()

    def add(self, measured: Measured, trace: Mapping[str, Any]) -> None:
        """One more load point; ``trace`` is what fio was told and said, kept a line each in ``_trace.txt``."""
        self.found.append(measured)
        self._write("trace.txt", json.dumps(trace) + "\n", mode="a")
        self._write_all()

    def path(self, ending: str) -> Path:
        return Path(f"{self.name}_{ending}")

    def best(self) -> Sequence[str]:
        return list(summary.best(self.found))

    def _write_all(self) -> None:
        loads = self._test.loads
        self._write("summary.txt", summary.text(self._test, self.found))
        self._write("iops.csv", tables.iops(loads, self.found))
        self._write("lat.csv", tables.latency(loads, self.found))
        self._write("mbps.csv", tables.mbps(loads, self.found))
        self._write("hist.txt", "\n".join(histogram.text(m) for m in self.found))

    def _write(self, ending: str, text: str, mode: str = "w") -> None:
        path = self.path(ending)
        try:
            with path.open(mode) as file:
                file.write(text)
        except OSError as error:
            raise Failed(f"write {path}", error.strerror or str(error)) from error
