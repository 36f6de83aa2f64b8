"""The failures that several formats share, worded once."""

from corpus.extraction.extracted import ExtractionFailure, FailureState


def quarantined(
    reason: str, *, remedy: str = "Ouvrir le fichier à la main et le redéposer s'il est sain"
) -> ExtractionFailure:
    """A file set aside because it is damaged, misleading or too costly; ``reason`` is a French sentence."""
    return ExtractionFailure(FailureState.QUARANTINED, reason, remedy=remedy)


def damaged(what: str) -> ExtractionFailure:
    """A file whose container cannot be read; ``what`` is French for it ("l'archive ZIP")."""
    return quarantined(
        f"Fichier endommagé : {what} ne peut pas être lu jusqu'au bout",
        remedy="Demander une copie saine à l'émetteur et la redéposer",
    )


def empty() -> ExtractionFailure:
    """A file of zero bytes, or without a single character."""
    return quarantined(
        "Fichier vide : il ne contient aucun texte",
        remedy="Vérifier l'original et redéposer le fichier complet",
    )


def password_needed() -> ExtractionFailure:
    """A file protected by a password that is not among those given."""
    return ExtractionFailure(
        FailureState.PASSWORD_NEEDED,
        "Fichier protégé par un mot de passe inconnu",
        remedy="Ajouter le mot de passe à la liste des mots de passe, puis relancer avec --retry",
    )


def unsupported(media_type: str) -> ExtractionFailure:
    """A format that the house does not read."""
    return ExtractionFailure(
        FailureState.UNSUPPORTED,
        f"Format non pris en charge ({media_type})",
        remedy="Convertir le fichier en PDF, DOCX, ODT ou texte, puis le redéposer",
    )


def out_of_memory() -> ExtractionFailure:
    """Reading the file took more memory than a worker may have."""
    return quarantined(
        "La lecture du fichier demande trop de mémoire",
        remedy="Découper le fichier ou le convertir en PDF ou en texte, puis le redéposer",
    )


def unexpected(error: Exception) -> ExtractionFailure:
    """A reader failed in a way that it does not know; what it said is kept, escaped."""
    detail = f"{type(error).__name__}: {error}"[:200]
    return quarantined(f"Lecture impossible, le fichier est probablement endommagé ({detail!a})")


def misbehaved(reason: str) -> ExtractionFailure:
    """The worker that read the file had to be killed, or died; ``reason`` is a French clause."""
    return quarantined(
        f"Lecture interrompue : {reason}",
        remedy="Ouvrir le fichier à la main dans un environnement protégé, ou le convertir en PDF, puis le redéposer",
    )


def unreadable_on_disk(error: OSError) -> ExtractionFailure:
    """The file itself cannot be opened: rights, broken link, vanished."""
    return quarantined(
        f"Fichier illisible sur le disque ({error.strerror or type(error).__name__})",
        remedy="Vérifier les droits et la présence du fichier, puis relancer avec --retry",
    )


def too_much_text() -> ExtractionFailure:
    """The file says more than the limit on text."""
    return quarantined(
        "Le texte du fichier dépasse la taille permise",
        remedy="Découper le fichier en plusieurs parties et les déposer",
    )


def too_deep(what: str) -> ExtractionFailure:
    """Containers nested deeper than any honest sender does."""
    return quarantined(
        f"Imbrication trop profonde dans {what}",
        remedy="Demander à l'émetteur le contenu utile, sans les enveloppes successives",
    )
