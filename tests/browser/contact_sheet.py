"""One page with all pictures of a directory, to look at them beside each other."""

from collections.abc import Iterable
from html import escape
from itertools import groupby
from pathlib import Path

STYLE = """
body { font: 14px system-ui; margin: 1rem; background: #888; }
h2 { font-size: 1rem; margin: 1rem 0 .25rem; }
div { display: flex; gap: .5rem; align-items: flex-start; overflow-x: auto; }
img { max-height: 28rem; background: #fff; }
"""


def contact_sheet(directory: Path) -> None:
    """Write ``index.html``; pictures are named ``PAGE-WIDTH-THEME.png``."""
    pictures = sorted(path.name for path in directory.glob("*-*-*.png"))
    rows = (_row(name, found) for name, found in groupby(pictures, _page))
    (directory / "index.html").write_text(
        f"<!DOCTYPE html><meta charset='utf-8'><title>Pages</title><style>{STYLE}</style>"
        + "".join(rows)
    )


def _page(picture: str) -> str:
    return picture.rsplit("-", 2)[0]


def _row(name: str, pictures: Iterable[str]) -> str:
    shown = "".join(f'<a href="{escape(one)}"><img src="{escape(one)}"></a>' for one in pictures)
    return f"<h2>{escape(name)}</h2><div>{shown}</div>"
