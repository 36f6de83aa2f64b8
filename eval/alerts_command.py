"""``reuni eval alerts``: from what threshold on a new document is worth an alert."""

import json

import click

from eval.alerts import AlertFigures, best, figures, watch
from eval.qrels import read_qrels
from eval.topics import Split, in_split, read_topics
from eval.workbench import SISSE, Workbench, json_option
from search_api.engine.clarity import CLEAR

_THRESHOLDS = [hundredths / 100 for hundredths in range(40, 81, 2)]


@click.command("alerts")
@json_option
@click.pass_obj
def alerts(bench: Workbench, as_json: bool) -> None:
    """Mesurer les alertes des recherches enregistrées : le seuil choisi sur la partie dev, dit sur la partie test.

    Les sujets du SISSE sont posés à l’index courant (les lots « files » et « scans » de la démonstration) comme des
    recherches enregistrées avant l’arrivée de chaque moitié des documents.
    """
    engine, qrels = bench.engine(), read_qrels(SISSE / "qrels.tsv")
    topics = read_topics(SISSE / "topics.txt")
    dev, test = (watch(engine, in_split(topics, split), qrels) for split in (Split.DEV, Split.TEST))
    chosen = best(dev, _THRESHOLDS)
    told = {
        "dev": [figures(dev, one) for one in _THRESHOLDS],
        "test": [figures(test, one) for one in sorted({CLEAR, chosen})],
    }
    if as_json:
        found = {split: [one.as_dict() for one in rows] for split, rows in told.items()}
        click.echo(json.dumps({"in_use": CLEAR, "best_on_dev": chosen, **found}, ensure_ascii=False))
        return
    click.echo(f"Seuil en usage : {CLEAR} ; meilleur F1 sur dev : {chosen}\n")
    click.echo("| partie | seuil | alertes par recherche | précision | rappel | F1 | muettes quand rien n’est à dire |")
    click.echo("| --- | ---: | ---: | --- | --- | ---: | ---: |")
    for split, rows in told.items():
        for row in rows:
            click.echo(_line(split, row))


def _line(split: str, row: AlertFigures) -> str:
    precision, recall = row.precision_interval, row.recall_interval
    return (
        f"| {split} | {row.threshold} | {row.alerts:.2f} | "
        f"{row.precision:.2f} ({precision.low:.2f} à {precision.high:.2f}) | "
        f"{row.recall:.2f} ({recall.low:.2f} à {recall.high:.2f}) | {row.f1:.2f} | {row.quiet:.2f} |"
    )
