"""What an SP tells Prometheus, over TLS with the SP's certificate."""

from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from millpond.array.exports import BLOCK
from millpond.array.model import alerts, pools
from millpond.array.processor import Processor
from millpond.array.statistics import Counted, rows
from millpond.array.store.store import Store

COUNTERS = (
    ("reads", "Reads by hosts.", "reads", 1.0),
    ("writes", "Writes by hosts.", "writes", 1.0),
    ("read_bytes", "Bytes that hosts read.", "blocks_read", float(BLOCK)),
    ("written_bytes", "Bytes that hosts wrote.", "blocks_written", float(BLOCK)),
    ("response_seconds", "From command to answer, all together.", "busy", 1e-9),
)
"""Name, what it is, the field of ``Counted`` and what that is multiplied with."""


class ArrayCollector(Collector):
    """Called from the server's own thread."""

    def __init__(self, processor: Processor, store: Store) -> None:
        self._processor, self._store = processor, store

    def collect(self) -> Iterable[Metric]:
        state = self._store.state()
        numbers = {lun.wwn: str(lun.number) for lun in state.luns.values()}
        counted = [row for row in rows(self._processor.counts) if row.wwn in numbers]
        for name, about, column, factor in COUNTERS:
            yield self._counter(
                name, about, Counted._fields.index(column), factor, counted, numbers
            )
        usage = self._store.usage()
        consumed = GaugeMetricFamily(
            "millpond_array_pool_consumed_bytes", "What its LUNs take.", labels=["pool"]
        )
        size = GaugeMetricFamily(
            "millpond_array_pool_size_bytes", "What there is for LUNs.", labels=["pool"]
        )
        for pool in state.pools.values():
            capacity = pools.capacity(state, pool, usage)
            consumed.add_metric([pool.name], capacity.consumed * BLOCK)
            size.add_metric([pool.name], capacity.user * BLOCK)
        yield from (consumed, size)
        found = len(alerts.alerts(state, usage))
        yield GaugeMetricFamily("millpond_array_alerts", "What is wrong with it.", value=found)

    def _counter(
        self,
        name: str,
        about: str,
        column: int,
        factor: float,
        counted: list[Counted],
        numbers: dict[str, str],
    ) -> Metric:
        family = CounterMetricFamily(
            f"millpond_array_lun_{name}", about, labels=["lun", "sp", "port"]
        )
        for row in counted:
            labels = [numbers[row.wwn], self._processor.sp, str(row.port)]
            family.add_metric(labels, float(row[column]) * factor)
        return family


def serve(
    processor: Processor, store: Store, address: str, port: int, files: tuple[Path, Path]
) -> None:
    """For as long as the process lives. ``files`` are certificate and key. Raises OSError."""
    registry = CollectorRegistry()
    registry.register(ArrayCollector(processor, store))
    certificate, key = map(str, files)
    start_http_server(port, address, registry, certificate, key)
