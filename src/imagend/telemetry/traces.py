"""Spans to an OpenTelemetry collector, by OTLP over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagend import __version__
from imagend.core.errors import BadSetting
from imagend.core.trace import UNTRACED, Place, Span, Tracer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import SpanContext

NANO = 1_000_000_000


def open_tracer(endpoint: str) -> Tracer:
    """endpoint: http(s)://host:port of a collector, "" for none. Raises BadSetting when the library is missing."""
    if not endpoint:
        return UNTRACED
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise BadSetting("otlp_endpoint needs OpenTelemetry: pip install 'imagend[telemetry]'") from error
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=5)
    return OtlpTracer(BatchSpanProcessor(exporter, schedule_delay_millis=500))


class OtlpTracer:
    """Finished spans wait in a bounded queue; what a slow collector does not take is lost, never waited for."""

    on = True

    def __init__(self, processor: BatchSpanProcessor) -> None:
        from opentelemetry.sdk.resources import Resource

        self._processor = processor
        self._resource = Resource({"service.name": "imagend", "service.version": __version__})

    def draw(self, span: Span) -> None:
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.status import Status, StatusCode

        if not span.place.sampled:
            return
        self._processor.on_end(
            ReadableSpan(
                name=span.name,
                context=_context(span.place),
                parent=None if span.parent is None else _context(span.parent),
                resource=self._resource,
                attributes=dict(span.attributes),
                kind=SpanKind.SERVER if span.server else SpanKind.INTERNAL,
                status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
                start_time=round(span.began_at * NANO),
                end_time=round(max(span.began_at, span.ended_at) * NANO),
            )
        )

    def close(self) -> None:
        """Send what waits."""
        self._processor.shutdown()  # type: ignore[no-untyped-call]


def _context(place: Place) -> SpanContext:
    from opentelemetry.trace import SpanContext, TraceFlags

    return SpanContext(
        trace_id=int(place.trace_id, 16), span_id=int(place.span_id, 16), is_remote=False, trace_flags=TraceFlags(1)
    )
