"""Counters an operator watches, in the Prometheus text format."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from search_api.engine.answer import Answer

_BUCKETS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5.0, 10.0)


class Metrics:
    """One registry an application, so that two applications in one process never mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "reuni_http_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "reuni_http_request_seconds", "Time to answer.", ("route",), buckets=_BUCKETS, registry=self._registry
        )
        self._stages = Histogram(
            "reuni_search_stage_seconds",
            "Time spent in each stage of a search.",
            ("stage",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._answers = Counter("reuni_search_answers", "Searches by outcome.", ("outcome",), registry=self._registry)
        self._slow = Counter("reuni_search_slow", "Searches past the slow limit.", registry=self._registry)
        self._refused = Counter(
            "reuni_http_refused", "Requests refused by a limit.", ("reason",), registry=self._registry
        )
        self.running = Gauge("reuni_http_running", "Requests under way.", registry=self._registry)
        self.waiting = Gauge("reuni_http_waiting", "Requests waiting for a place.", registry=self._registry)
        self._documents = Gauge("reuni_documents", "Documents searchable.", registry=self._registry)
        self._passages = Gauge("reuni_passages", "Passages searchable.", registry=self._registry)
        self._generation = Gauge(
            "reuni_generation_info",
            "1 for the generation served.",
            ("compartment", "generation"),
            registry=self._registry,
        )

        self._alerts = Counter("reuni_watch_alerts", "Alerts of saved searches.", registry=self._registry)
        self._watch_failed = Counter(
            "reuni_watch_failed", "Runs of saved searches that failed.", registry=self._registry
        )
        self._mailed = Counter("reuni_watch_mailed", "Alerts sent by e-mail.", registry=self._registry)
        self._mail_failed = Counter(
            "reuni_watch_mail_failed", "Messages that the mail server did not take.", registry=self._registry
        )
        self._saved = Gauge("reuni_watch_searches", "Saved searches.", registry=self._registry)
        self._unread = Gauge("reuni_watch_unread", "Alerts that nobody has read.", registry=self._registry)

        self._jobs = Gauge("reuni_jobs", "Jobs by state.", ("state",), registry=self._registry)
        self._published = Gauge(
            "reuni_generation_created_timestamp_seconds",
            "When the generation served was made.",
            ("compartment",),
            registry=self._registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; ``route`` is its template, never the path asked."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def refused(self, reason: str) -> None:
        """Count one request refused by a limit."""
        self._refused.labels(reason).inc()

    def answer(self, answer: Answer, *, slow: bool) -> None:
        """Count one search and its stages."""
        outcome = "empty" if not answer.hits else "clear" if answer.clear else "unclear"
        self._answers.labels(outcome).inc()
        if slow:
            self._slow.inc()
        for stage, milliseconds in answer.timings_ms.items():
            self._stages.labels(stage).observe(milliseconds / 1_000)

    def watched(self, alerts: int, failed: int) -> None:
        """Count what a round of the saved searches did."""
        self._alerts.inc(alerts)
        self._watch_failed.inc(failed)

    def mailed(self, alerts: int) -> None:
        """Count alerts sent by e-mail."""
        self._mailed.inc(alerts)

    def mail_failed(self) -> None:
        """Count one message that was not taken."""
        self._mail_failed.inc()

    def desk(self, searches: int, unread: int) -> None:
        """Say how many saved searches and unread alerts there are now."""
        self._saved.set(searches)
        self._unread.set(unread)

    def jobs(self, counts: dict[str, int]) -> None:
        """Say how many jobs stand in each state."""
        for state, count in counts.items():
            self._jobs.labels(state).set(count)

    def published(self, compartment: str, timestamp: float) -> None:
        """Say when a compartment's generation was made, in seconds since 1970."""
        self._published.labels(compartment).set(timestamp)

    def collection(self, documents: int, passages: int, generations: dict[str, str]) -> None:
        """Say what is served now."""
        self._documents.set(documents)
        self._passages.set(passages)
        self._generation.clear()
        for compartment, generation in generations.items():
            self._generation.labels(compartment, generation).set(1)

    def text(self) -> bytes:
        """Everything, in the Prometheus text format."""
        return generate_latest(self._registry)
