"""What an application exports: the real SDK of OpenTelemetry, whose exporters keep everything in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from fastjose._telemetry.observed_verifiers import ObservedVerifiers
from fastjose._telemetry.telemetry import Telemetry

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


class Exported:
    """What an application has exported."""

    def __init__(self) -> None:
        """Create providers of their own: the global ones can be set once in a process."""
        self._reader, self._spans = InMemoryMetricReader(), InMemorySpanExporter()
        self._meters = MeterProvider(metric_readers=[self._reader], shutdown_on_exit=False)
        tracers = TracerProvider(shutdown_on_exit=False)
        tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self.tracer: Tracer = tracers.get_tracer("tests")
        self.observed = ObservedVerifiers()
        self.telemetry = Telemetry.create(self._meters.get_meter, trace.get_current_span, self.observed)

    def close(self) -> None:
        """Release the providers."""
        self._meters.shutdown()

    def points(self, metric: str) -> dict[frozenset[tuple[str, Any]], Any]:
        """Return the data points of a metric, by their attributes: the value, or the count of a histogram."""
        return {
            frozenset(point["attributes"].items()): point.get("value", point.get("count"))
            for point in self.metrics().get(metric, {"data": {"data_points": []}})["data"]["data_points"]
        }

    def total(self, metric: str, **attributes: str) -> float:
        """Return the sum of the data points that have `attributes`, whose dots are written as two underscores."""
        wanted = {(name.replace("__", "."), value) for name, value in attributes.items()}
        return float(sum(value for point, value in self.points(metric).items() if wanted <= point))

    def metrics(self) -> dict[str, Any]:
        """Return each metric in its JSON form, by name."""
        data = self._reader.get_metrics_data()
        if data is None:
            return {}
        scopes = [
            scope for resource in json.loads(data.to_json())["resource_metrics"] for scope in resource["scope_metrics"]
        ]
        return {metric["name"]: metric for scope in scopes for metric in scope["metrics"]}

    def spans(self) -> list[dict[str, Any]]:
        """Return the attributes of each span that has ended."""
        return [dict(span.attributes or {}) for span in self._spans.get_finished_spans()]

    def text(self) -> str:
        """Return everything that was exported."""
        return json.dumps(self.metrics()) + "".join(span.to_json() for span in self._spans.get_finished_spans())
