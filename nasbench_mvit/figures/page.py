"""Pages of their own: HTML with tables and figures that needs no network and fits every screen.

They follow the light or dark theme of the browser, are readable at the width of a phone, and hold
Plotly's small build, which knows points, lines and bars; ``plotly/`` has it with its licence. Other
figures bring the whole of it.
"""

import gzip
import html
from collections.abc import Iterable
from importlib.resources import files

import pandas as pd
import plotly.graph_objects as go
import plotly.io
import plotly.offline

from nasbench_mvit.figures.columns import INK

IN_SMALL_BUILD = {"scatter", "scattergl", "bar"}
_INK = f"rgb({', '.join(str(int(INK[place : place + 2], 16)) for place in (1, 3, 5))})"
#: Text of figures in the colour of the text around them, whatever the theme; only what stands on a
#: fill of its own keeps its colour. Grounds are transparent on the page, not in what is saved.
FIGURE_STYLE = f"""
.js-plotly-plot .main-svg text:not(.hoverlayer text, .bartext-inside, [style*="{_INK}"])
  {{ fill: currentColor !important; fill-opacity: 1 !important; }}
.js-plotly-plot .main-svg, .js-plotly-plot .bglayer .bg, .js-plotly-plot .legend .bg
  {{ background: transparent !important; fill: transparent !important; }}
.js-plotly-plot .gridlayer path, .js-plotly-plot .zerolinelayer path
  {{ stroke: currentColor !important; stroke-opacity: .15 !important; }}
"""


def page(title: str, parts: Iterable[str]) -> str:
    """Return a whole page.

    Args:
        title: as text; the heading and the name of what is saved from it.
        parts: parts of the body, each HTML.
    """
    body = "\n".join(parts)
    script = _plotly(is_small='data-build="small"' in body, is_whole='data-build="whole"' in body)
    return _PAGE.replace("{title}", html.escape(title)).replace("{script}", script) + (
        f"{body}\n</main>\n</body>\n</html>\n"
    )


def _plotly(*, is_small: bool, is_whole: bool) -> str:
    """Return the script that draws the figures of a page, "" of one without any."""
    if is_whole:
        return str(plotly.offline.get_plotlyjs())
    if not is_small:
        return ""
    packed = files(__package__).joinpath("plotly", "plotly-basic.min.js.gz").read_bytes()
    return gzip.decompress(packed).decode()


def heading(text: str, level: int = 2) -> str:
    """Return an HTML heading."""
    return f"<h{level}>{html.escape(text)}</h{level}>"


def paragraph(text: str) -> str:
    """Return a sentence or several as a paragraph, with a capital and a full stop."""
    ended = text if text.endswith((".", ":")) else f"{text}."
    return f"<p>{html.escape(ended[:1].upper() + ended[1:])}</p>"


def command(text: str) -> str:
    """Return a command line to copy."""
    return f"<pre><code>{html.escape(text)}</code></pre>"


def lead(texts: Iterable[str]) -> str:
    """Return the texts to be read first, a paragraph each."""
    return f'<div class="lead">{"".join(map(paragraph, texts))}</div>'


def folded(label: str, content: str) -> str:
    """Return HTML that is shown on demand, under a label."""
    return f"<details><summary>{html.escape(label)}</summary>{content}</details>"


def items(texts: Iterable[str]) -> str:
    """Return sentences as a list."""
    return f"<ul>{''.join(f'<li>{html.escape(text)}</li>' for text in texts)}</ul>"


def definitions(texts: dict[str, str]) -> str:
    """Return sentences under the words they explain."""
    said = (f"<dt>{html.escape(word)}</dt><dd>{html.escape(text[:1].upper() + text[1:])}.</dd>"
            for word, text in texts.items())  # fmt: skip
    return f"<dl>{''.join(said)}</dl>"


def table(rows: pd.DataFrame) -> str:
    """Return a table that scrolls by itself where the screen is narrow."""
    return f'<div class="scroll">{rows.to_html(index=False, border=0, escape=True)}</div>'


def figure(drawn: go.Figure, alt: str) -> str:
    """Return a figure with buttons that save it as PNG and as SVG.

    Args:
        drawn: what is drawn, with points in SVG where WebGL had them: the small build lacks it.
        alt: description of the figure for readers who cannot see it.
    """
    content = drawn.to_dict()
    kinds = {trace["type"] for trace in content["data"]}
    build = "small" if kinds <= IN_SMALL_BUILD else "whole"
    for trace in content["data"]:
        trace["type"] = "scatter" if trace["type"] == "scattergl" else trace["type"]
    shown = plotly.io.to_html(
        content,
        include_plotlyjs=False,
        full_html=False,
        validate=False,
        config={"displaylogo": False, "responsive": True},
    )
    return (
        f'<figure data-build="{build}" aria-label="{html.escape(alt)}">{shown}'
        '<button data-save="png">PNG</button> <button data-save="svg">SVG</button></figure>'
    )


_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}}</title>
<style>
:root {{ color-scheme: light dark; --ink: #222; --ground: #fff; --line: #ddd; --box: #f2f2f2; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #eee; --ground: #161616; --line: #444; --box: #262626; }}
}}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0; color: var(--ink);
       background: var(--ground); overflow-wrap: break-word; }}
main {{ max-width: 1000px; margin: 0 auto; padding: 1rem; }}
table {{ border-collapse: collapse; width: 100%; font-size: 14px; }}
th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }}
pre {{ background: var(--box); padding: .6rem; white-space: pre-wrap; }}
.scroll {{ overflow-x: auto; }}
.lead {{ border-left: 4px solid #0072B2; padding-left: .8rem; }}
figure {{ margin: 1rem 0; }}
button {{ font: inherit; font-size: 14px; }}
dt {{ font-weight: 600; }}
{FIGURE_STYLE}</style>
<script>{{script}}</script>
<script>
document.addEventListener("click", event => {{
  const format = event.target.dataset?.save;
  if (!format) return;
  const plot = event.target.closest("figure").querySelector(".js-plotly-plot");
  Plotly.downloadImage(plot, {{ format, filename: document.title,
    width: plot.clientWidth, height: plot.clientHeight, scale: format === "png" ? 2 : 1 }});
}});
</script>
</head>
<body>
<main>
<h1>{{title}}</h1>
"""
