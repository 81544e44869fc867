"""Metrics and traces for operators: the only room that knows Prometheus and OpenTelemetry."""
