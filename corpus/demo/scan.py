"""Scans: real renderings of real pages, degraded as photocopiers, fax machines and time do."""

import hashlib
import io
import time
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium  # type: ignore[import-untyped]
from PIL import Image, ImageFilter
from pypdf import PdfReader, PdfWriter

from corpus.demo.source import Source


@dataclass(frozen=True, slots=True)
class Wear:
    """How bad a scan is.

    Attributes:
        dpi: resolution.
        skew: greatest angle, in degrees, either way.
        noise: standard deviation added to grey levels (0 to 255).
        blur: radius in pixels.
        fade: what ink loses of its black (0 to 1).
        specks: share of pixels turned black or white.
        bilevel: black and white only.
        quality: JPEG quality.
    """

    dpi: int
    skew: float
    noise: float
    blur: float
    fade: float
    specks: float
    bilevel: bool
    quality: int


WEARS = {
    "clean": Wear(300, 0.0, 3.0, 0.0, 0.0, 0.0, bilevel=False, quality=15),
    "copy": Wear(200, 0.8, 10.0, 0.5, 0.15, 0.0004, bilevel=False, quality=18),
    "tilted": Wear(200, 2.6, 8.0, 0.4, 0.1, 0.0002, bilevel=False, quality=25),
    "faded": Wear(150, 0.6, 12.0, 0.6, 0.45, 0.0004, bilevel=False, quality=40),
    "fax": Wear(200, 0.5, 20.0, 0.6, 0.0, 0.0012, bilevel=True, quality=0),
}


def _wear_page(page: Image.Image, wear: Wear, random: np.random.Generator) -> Image.Image:
    angle = float(random.uniform(-wear.skew, wear.skew))
    turned = page.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255)
    if wear.blur:
        turned = turned.filter(ImageFilter.GaussianBlur(wear.blur))
    grey = np.asarray(turned, dtype=np.float64)
    grey = 255 - (255 - grey) * (1 - wear.fade)
    grey = grey + random.normal(0, wear.noise, grey.shape)
    speck = random.random(grey.shape)
    grey[speck < wear.specks / 2] = 0
    grey[speck > 1 - wear.specks / 2] = 255
    worn = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    return worn.point(lambda level: 255 if level > 140 else 0).convert("1") if wear.bilevel else worn


def _seed(source: Source) -> int:
    return int.from_bytes(hashlib.sha256(source.path.stem.encode()).digest()[:8])


def scan_pages(source: Source, pdf: bytes) -> list[Image.Image]:
    """The pages of ``pdf`` as a scanner would see them, worn as the source's ``scan`` says."""
    wear = WEARS[source.fields["scan"]]
    random = np.random.default_rng(_seed(source))
    pages = []
    with pdfium.PdfDocument(pdf) as document:
        for page in document:
            bitmap = page.render(scale=wear.dpi / 72, grayscale=True)
            pages.append(_wear_page(bitmap.to_pil().convert("L"), wear, random))
            page.close()
    return pages


def scan_file(source: Source, pdf: bytes) -> bytes:
    """A scan in the source's format: PDF without a text layer, TIFF of many pages, PNG or JPEG of one.

    With ``scan_pages: 2, 3`` only those pages are images; the others keep their text.
    """
    wear = WEARS[source.fields["scan"]]
    pages = scan_pages(source, pdf)
    out = io.BytesIO()
    match source.format:
        case "tiff" | "tif":
            compression = "group4" if wear.bilevel else "tiff_lzw"
            pages[0].save(
                out, "TIFF", save_all=True, append_images=pages[1:], dpi=(wear.dpi, wear.dpi), compression=compression
            )
        case "png":
            pages[0].save(out, "PNG", dpi=(wear.dpi, wear.dpi))
        case "jpg":
            pages[0].save(out, "JPEG", quality=wear.quality, dpi=(wear.dpi, wear.dpi))
        case "pdf":
            moment = time.strptime(source.date, "%Y-%m-%d")
            pages[0].save(
                out,
                "PDF",
                save_all=True,
                append_images=pages[1:],
                resolution=wear.dpi,
                **({} if wear.bilevel else {"quality": wear.quality}),
                creationDate=moment,
                modDate=moment,
                producer="Copieur multifonction",
            )
            if "scan_pages" in source.fields:
                return _mixed(source, pdf, out.getvalue())
        case other:
            raise ValueError(f"{source.path}: no scan in {other}")
    return out.getvalue()


def _mixed(source: Source, pdf: bytes, images: bytes) -> bytes:
    scanned = {int(number) for number in source.fields["scan_pages"].split(",")}
    text, image = PdfReader(io.BytesIO(pdf)), PdfReader(io.BytesIO(images))
    writer = PdfWriter()
    for number, (with_text, without) in enumerate(zip(text.pages, image.pages, strict=True), start=1):
        writer.add_page(without if number in scanned else with_text)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
