"""Every setting of the application: read here and nowhere else, from options and ``REUNI_*`` variables."""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One field a setting; its environment variable is its name in capitals after ``REUNI_``."""

    model_config = SettingsConfigDict(env_prefix="REUNI_", frozen=True)

    data: Path = Field(Path("data"), description="Dossier des données : catalogues, index, originaux.")
    models: Path = Field(
        Path(sys.prefix) / "share" / "reuni" / "models",
        description="Dossier des modèles préparés par « reuni model prepare ».",
    )
    model: str = Field(
        "", description="Modèle employé : nom ou dossier donné à « reuni model prepare » ; vide, le modèle fourni."
    )
    milvus: str = Field(
        "",
        description="Adresse de Milvus, « http://hôte:19530 » ou un fichier « .db » (milvus-lite) ; vide : index ici.",
    )
    milvus_token: str = Field("", description="Compte sur Milvus, « nom:mot de passe » ; vide, aucun.", repr=False)
    milvus_prefix: str = Field(
        "reuni",
        pattern=r"^[A-Za-z][A-Za-z0-9_]{0,30}$",
        description="Début du nom des collections ; un par dossier de données sur un même Milvus.",
    )
    milvus_timeout: float = Field(60.0, gt=0, description="Secondes après lesquelles un appel à Milvus est abandonné.")
    host: str = Field("127.0.0.1", description="Adresse d’écoute du serveur ; locale seulement.")
    port: int = Field(8000, ge=1, le=65535, description="Port d’écoute du serveur.")
    serve_workers: int = Field(
        1, ge=1, le=64, description="Processus qui servent ensemble ; les fichiers de l’index leur sont communs."
    )
    threads: int = Field(0, ge=0, description="Cœurs employés par l’encodeur ; 0, tous.")
    workers: int = Field(2, ge=1, description="Processus qui lisent les fichiers d’un lot.")
    passwords: tuple[str, ...] = Field(
        (), description="Mots de passe essayés sur les fichiers protégés (liste JSON).", repr=False
    )
    weight_lexical: float = Field(0.25, ge=0, description="Part des mots dans le classement.")
    weight_dense: float = Field(0.3, ge=0, description="Part du sens du passage dans le classement.")
    weight_late: float = Field(0.45, ge=0, description="Part du sens mot à mot dans le classement.")
    url: str = Field(
        "", description="Adresse des pages pour les liens des courriels ; vide, celle d’écoute du serveur."
    )
    smtp_host: str = Field("", description="Serveur de courrier des alertes ; vide, aucun courriel n’est envoyé.")
    smtp_port: int = Field(25, ge=1, le=65535, description="Port du serveur de courrier.")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "starttls", description="Protection de la liaison avec le serveur de courrier."
    )
    smtp_user: str = Field("", description="Compte sur le serveur de courrier ; vide, sans authentification.")
    smtp_password: str = Field("", description="Mot de passe de ce compte.", repr=False)
    mail_from: str = Field("reuni@localhost", description="Adresse d’où partent les alertes.")
    mail_to: str = Field("", description="Adresse qui reçoit les alertes tant qu’il n’y a pas de comptes.")
    drop_folders: tuple[Path, ...] = Field(
        (),
        description="Dossiers du serveur dont les sous-dossiers peuvent être indexés par la page Fonds (liste JSON).",
    )
    drop_max_mib: int = Field(20_480, ge=1, description="Taille du plus grand envoi de fichiers, en Mio.")
    drop_spare_mib: int = Field(2_048, ge=0, description="Place qu’un envoi doit laisser libre sur le disque, en Mio.")
