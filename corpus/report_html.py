"""The drop report as one page that needs nothing else: to be sent by mail or kept with the drop."""

from importlib import resources

from jinja2 import Environment, StrictUndefined

from corpus.report import capital_first, counts, groups, needs_a_hand, sentence, visible
from corpus.states import LABELS_OF_ONE, DropReport


def report_page(report: DropReport) -> str:
    """A standalone HTML page; everything that comes from files is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"visible": visible, "capital_first": capital_first}
    template = environment.from_string(resources.files("corpus").joinpath("report.html").read_text("utf-8"))
    return template.render(
        report=report,
        sentence=sentence(report),
        counts=counts(report),
        groups=groups(report),
        healthy=[(record, LABELS_OF_ONE[record.state]) for record in report.records if not needs_a_hand(record)],
    )
