"""The styles of the flat OpenDocument texts: headings, lists, tables, running heads and feet."""

from collections.abc import Sequence

FONTS = {"sans": "Liberation Sans", "serif": "Liberation Serif"}
TEXT_MM = 164
"""The width of the text on its page."""


def _style(name: str, parent: str, paragraph: str, text: str, level: int = 0) -> str:
    outline = f' style:default-outline-level="{level}"' if level else ""
    return (
        f'<style:style style:name="{name.replace(" ", "_20_")}" style:display-name="{name}" '
        f'style:family="paragraph" style:parent-style-name="{parent}"{outline}>'
        f"<style:paragraph-properties {paragraph}/><style:text-properties {text}/></style:style>"
    )


def flat_styles(font: str, size: float, head: str, foot: str, column_widths: Sequence[int]) -> str:
    """Fonts, styles, page layout and running heads; ``head`` and ``foot`` are XML, ``column_widths`` millimetres."""
    name = FONTS[font]
    paragraphs = [
        _style("Text body", "Standard", 'fo:margin-bottom="0.2cm" fo:text-align="justify"', ""),
        _style(
            "Title",
            "Standard",
            'fo:text-align="center" fo:margin-top="0.6cm" fo:margin-bottom="0.6cm"',
            f'fo:font-size="{size + 5}pt" fo:font-weight="bold"',
        ),
        _style(
            "Subtitle",
            "Standard",
            'fo:text-align="center" fo:margin-bottom="0.5cm"',
            f'fo:font-size="{size + 1}pt"',
        ),
        *(
            _style(
                f"Heading {level}",
                "Standard",
                'fo:margin-top="0.45cm" fo:margin-bottom="0.2cm" fo:keep-with-next="always"',
                f'fo:font-size="{size + 4 - level}pt" fo:font-weight="bold"',
                level,
            )
            for level in range(1, 5)
        ),
        _style("Table Contents", "Standard", 'fo:text-align="start"', f'fo:font-size="{size - 1}pt"'),
        _style("Table Heading", "Table_20_Contents", 'fo:text-align="start"', 'fo:font-weight="bold"'),
        _style("Droite", "Text_20_body", 'fo:text-align="end"', ""),
        _style("Centre", "Text_20_body", 'fo:text-align="center"', ""),
        _style("Mention", "Text_20_body", 'fo:text-align="center"', 'fo:font-weight="bold" fo:color="#b00000"'),
        _style("Footnote", "Standard", 'fo:text-align="justify"', f'fo:font-size="{size - 2}pt"'),
        _style("Header", "Standard", 'fo:text-align="start"', f'fo:font-size="{size - 2}pt"'),
        _style("Footer", "Standard", 'fo:text-align="center"', f'fo:font-size="{size - 2}pt"'),
    ]
    bullets = "".join(
        f'<text:list-level-style-bullet text:level="{level}" text:bullet-char="{char}">'
        '<style:list-level-properties text:list-level-position-and-space-mode="label-alignment">'
        '<style:list-level-label-alignment text:label-followed-by="listtab" '
        f'fo:text-indent="-0.5cm" fo:margin-left="{0.6 * level + 0.4}cm"/></style:list-level-properties>'
        '<style:text-properties fo:font-family="Liberation Sans"/></text:list-level-style-bullet>'
        for level, char in enumerate("•–•", start=1)
    )
    numbers = "".join(
        f'<text:list-level-style-number text:level="{level}" style:num-format="{form}" style:num-suffix=".">'
        '<style:list-level-properties text:list-level-position-and-space-mode="label-alignment">'
        '<style:list-level-label-alignment text:label-followed-by="listtab" '
        f'fo:text-indent="-0.6cm" fo:margin-left="{0.6 * level + 0.5}cm"/></style:list-level-properties>'
        "</text:list-level-style-number>"
        for level, form in enumerate("1ai", start=1)
    )
    return (
        "<office:font-face-decls>"
        + "".join(f'<style:font-face style:name="{n}" svg:font-family="\'{n}\'"/>' for n in FONTS.values())
        + "</office:font-face-decls><office:styles>"
        '<style:default-style style:family="paragraph">'
        '<style:paragraph-properties fo:orphans="2" fo:widows="2"/>'
        f'<style:text-properties style:font-name="{name}" fo:font-size="{size}pt" fo:language="fr" '
        'fo:country="FR"/></style:default-style>'
        '<style:style style:name="Standard" style:family="paragraph"/>'
        + "".join(paragraphs)
        + f'<text:list-style style:name="Puces">{bullets}</text:list-style>'
        f'<text:list-style style:name="Numeros">{numbers}</text:list-style>'
        "</office:styles><office:automatic-styles>"
        '<style:style style:name="Gras" style:family="text">'
        '<style:text-properties fo:font-weight="bold"/></style:style>'
        '<style:style style:name="Italique" style:family="text">'
        '<style:text-properties fo:font-style="italic"/></style:style>'
        '<style:style style:name="Saut" style:family="paragraph" style:parent-style-name="Standard">'
        '<style:paragraph-properties fo:break-before="page"/></style:style>'
        '<style:style style:name="Tableau" style:family="table"><style:table-properties '
        f'style:width="{TEXT_MM}mm" table:align="left" fo:margin-top="0.15cm" fo:margin-bottom="0.3cm"/>'
        "</style:style>"
        + "".join(
            f'<style:style style:name="Colonne{mm}" style:family="table-column">'
            f'<style:table-column-properties style:column-width="{mm}mm"/></style:style>'
            for mm in column_widths
        )
        + '<style:style style:name="Case" style:family="table-cell"><style:table-cell-properties '
        'fo:border="0.5pt solid #666666" fo:padding="0.1cm"/></style:style>'
        '<style:page-layout style:name="A4"><style:page-layout-properties fo:page-width="21cm" '
        'fo:page-height="29.7cm" fo:margin-top="1.8cm" fo:margin-bottom="1.6cm" fo:margin-left="2.3cm" '
        'fo:margin-right="2.3cm"/><style:header-style><style:header-footer-properties '
        'fo:min-height="0.8cm" fo:margin-bottom="0.4cm"/></style:header-style><style:footer-style>'
        '<style:header-footer-properties fo:min-height="0.7cm" fo:margin-top="0.4cm"/></style:footer-style>'
        "</style:page-layout></office:automatic-styles>"
        '<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="A4">'
        f'<style:header><text:p text:style-name="Header">{head}</text:p></style:header>'
        f'<style:footer><text:p text:style-name="Footer">{foot} – page '
        "<text:page-number>1</text:page-number> sur <text:page-count>1</text:page-count></text:p>"
        "</style:footer></style:master-page></office:master-styles>"
    )
