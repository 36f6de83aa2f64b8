"""Counters an operator watches, in the Prometheus text format.

Several processes that serve together write theirs to files of one folder, which the environment names before the
library is loaded; whichever is asked adds them up.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from search_api.engine.answer import Answer

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own variable; see above."""

_BUCKETS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5.0, 10.0)


class _Present(Collector):
    """What is true now, whichever process is asked: read when it is told, so never added up."""

    def __init__(self) -> None:
        self._families: dict[str, GaugeMetricFamily] = {}

    def say(
        self, name: str, text: str, told: Iterable[tuple[tuple[str, ...], float]], labels: tuple[str, ...] = ()
    ) -> None:
        """Put ``told``, values with their labels, in the place of what was said before."""
        family = GaugeMetricFamily(name, text, labels=labels)
        for given, value in told:
            family.add_metric(given, value)
        self._families[name] = family

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What was said last, by name of metric."""
        yield from self._families.values()


def forget_the_dead(folder: Path) -> None:
    """What was under way in processes that are no more is not."""
    for file in folder.glob("gauge_live*.db"):
        process = int(file.stem.rpartition("_")[2])
        if not psutil.pid_exists(process):
            mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]


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
        self.running = Gauge(
            "reuni_http_running", "Requests under way.", registry=self._registry, multiprocess_mode="livesum"
        )
        self.waiting = Gauge(
            "reuni_http_waiting",
            "Requests waiting for a place.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._alerts = Counter("reuni_watch_alerts", "Alerts of saved searches.", registry=self._registry)
        self._watch_failed = Counter(
            "reuni_watch_failed", "Runs of saved searches that failed.", registry=self._registry
        )
        self._mailed = Counter("reuni_watch_mailed", "Alerts sent by e-mail.", registry=self._registry)
        self._mail_failed = Counter(
            "reuni_watch_mail_failed", "Messages that the mail server did not take.", registry=self._registry
        )
        self._present = _Present()
        self._registry.register(self._present)

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
        self._present.say("reuni_watch_searches", "Saved searches.", [((), searches)])
        self._present.say("reuni_watch_unread", "Alerts that nobody has read.", [((), unread)])

    def jobs(self, counts: dict[str, int]) -> None:
        """Say how many jobs stand in each state."""
        told = [((state,), float(count)) for state, count in counts.items()]
        self._present.say("reuni_jobs", "Jobs by state.", told, ("state",))

    def published(self, made: dict[str, float]) -> None:
        """Say when each compartment's generation was made, in seconds since 1970."""
        self._present.say(
            "reuni_generation_created_timestamp_seconds",
            "When the generation served was made.",
            [((name,), at) for name, at in made.items()],
            ("compartment",),
        )

    def collection(self, documents: int, passages: int, generations: dict[str, str]) -> None:
        """Say what is served now."""
        self._present.say("reuni_documents", "Documents searchable.", [((), documents)])
        self._present.say("reuni_passages", "Passages searchable.", [((), passages)])
        self._present.say(
            "reuni_generation_info",
            "1 for the generation served.",
            [(served, 1.0) for served in generations.items()],
            ("compartment", "generation"),
        )

    def text(self) -> bytes:
        """Everything, in the Prometheus text format."""
        if values.ValueClass is values.MutexValue:
            return generate_latest(self._registry)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
        everybody.register(self._present)
        return generate_latest(everybody)
