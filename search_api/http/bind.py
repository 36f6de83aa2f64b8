"""Which addresses may be listened on."""

import ipaddress

from corpus.errors import InputError


def refuse_public_bind(host: str) -> None:
    """Raise unless ``host`` is this machine alone.

    Without accounts, whoever reaches the port reads the whole collection.
    """
    if host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise InputError(
            f"Le serveur ne peut pas écouter sur « {host} » : sans comptes, quiconque atteindrait ce port "
            "lirait tout le fonds",
            remedy="Écoutez sur 127.0.0.1 ; pour un accès distant, passez par un tunnel SSH jusqu’à cette machine",
        )
