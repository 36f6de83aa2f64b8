"""The failures that several formats share, worded once."""

from corpus.extraction.extracted import ExtractionFailure, FailureState


def quarantined(
    reason: str, *, remedy: str = "Ouvrez le fichier vous-même et redéposez-le s’il est sain"
) -> ExtractionFailure:
    """A file set aside because it is damaged, misleading or too costly; ``reason`` is a French sentence."""
    return ExtractionFailure(FailureState.QUARANTINED, reason, remedy=remedy)


def damaged(what: str) -> ExtractionFailure:
    """A file whose container cannot be read; ``what`` is French for it ("l'archive ZIP")."""
    return quarantined(
        f"Fichier endommagé : {what} ne peut pas être lu jusqu’au bout",
        remedy="Demandez une copie saine à l’émetteur et redéposez-la",
    )


def empty() -> ExtractionFailure:
    """A file of zero bytes, or without a single character."""
    return quarantined(
        "Fichier vide : il ne contient aucun texte",
        remedy="Vérifiez l’original et redéposez le fichier complet",
    )


def password_needed() -> ExtractionFailure:
    """A file protected by a password that is not among those given."""
    return ExtractionFailure(
        FailureState.PASSWORD_NEEDED,
        "Fichier protégé par un mot de passe inconnu",
        remedy="Ajoutez son mot de passe à REUNI_PASSWORDS, puis lancez « reuni index --retry », "
        "ou redéposez une copie sans protection",
    )


def unsupported(media_type: str) -> ExtractionFailure:
    """A format that the house does not read."""
    return ExtractionFailure(
        FailureState.UNSUPPORTED,
        f"Format non pris en charge ({media_type})",
        remedy="Convertissez le fichier en PDF, DOCX, ODT ou texte, puis redéposez-le",
    )


def out_of_memory() -> ExtractionFailure:
    """Reading the file took more memory than a worker may have."""
    return quarantined(
        "La lecture du fichier demande trop de mémoire",
        remedy="Découpez le fichier ou convertissez-le en PDF ou en texte, puis redéposez-le",
    )


def unexpected(error: Exception) -> ExtractionFailure:
    """A reader failed in a way that it does not know; what it said is kept, escaped."""
    detail = f"{type(error).__name__}: {error}"[:200]
    return quarantined(f"Lecture impossible, le fichier est probablement endommagé ({detail!a})")


def misbehaved(reason: str) -> ExtractionFailure:
    """The worker that read the file had to be killed, or died; ``reason`` is a French clause."""
    return quarantined(
        f"Lecture interrompue : {reason}",
        remedy="Ouvrez le fichier vous-même dans un environnement protégé, convertissez-le en PDF, puis redéposez-le",
    )


def unreadable_on_disk(error: OSError) -> ExtractionFailure:
    """The file itself cannot be opened: rights, broken link, vanished."""
    return quarantined(
        f"Fichier illisible sur le disque ({error.strerror or type(error).__name__})",
        remedy="Vérifiez les droits et la présence du fichier, puis lancez « reuni index --retry »",
    )


def too_much_text() -> ExtractionFailure:
    """The file says more than the limit on text."""
    return quarantined(
        "Le texte du fichier dépasse la taille permise",
        remedy="Découpez le fichier en plusieurs parties et déposez-les",
    )


def too_deep(what: str) -> ExtractionFailure:
    """Containers nested deeper than any honest sender does."""
    return quarantined(
        f"Imbrication trop profonde dans {what}",
        remedy="Demandez à l’émetteur le contenu utile, sans les enveloppes successives",
    )
