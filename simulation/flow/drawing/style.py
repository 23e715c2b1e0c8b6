"""The look of a drawn flow: rules for its classes in the pages' colours, and those colours for a file by itself."""

from __future__ import annotations

RULES = (
    ".flow{font-family:Inter,system-ui,'Segoe UI',sans-serif}"
    ".flow .ground{fill:var(--paper)}.flow .panel{fill:var(--card);stroke:var(--line)}"
    ".flow text{fill:var(--ink);font-size:13px}.flow .head{font-size:16px;font-weight:700}"
    ".flow .big{font-size:22px;font-weight:700}.flow .small{fill:var(--quiet);font-size:11px}"
    ".flow .strong{font-weight:600}"
    ".flow .line{fill:none;stroke:var(--edge);stroke-width:1.4}.flow .dashed{stroke-dasharray:4 3}"
    ".flow .bar{fill:none;stroke:var(--ink);stroke-width:3.5;stroke-linecap:round}"
    ".flow .box{fill:var(--card);stroke:var(--edge)}.flow .kind{fill:var(--quiet)}"
    ".flow .staff .kind{fill:var(--info)}.flow .staff .box{fill:var(--info-soft);stroke:var(--info)}"
    ".flow .room .kind{fill:var(--brand)}.flow .room .box{fill:var(--brand-soft);stroke:var(--brand)}"
    ".flow .bed .kind{fill:var(--tube)}.flow .bed .box{fill:var(--card);stroke:var(--tube)}"
    ".flow .equipment .kind{fill:var(--soon)}.flow .equipment .box{fill:var(--soon-soft);stroke:var(--soon)}"
    ".flow .plain .box{fill:var(--paper);stroke:var(--line)}"
    ".flow .ask .box{fill:var(--card);stroke:var(--ink)}"
    ".flow .start .box{fill:var(--brand);stroke:var(--brand)}.flow .start text{fill:var(--on-brand)}"
    ".flow .end .box{fill:var(--ink);stroke:var(--ink)}.flow .end text{fill:var(--card)}"
    ".flow .again .box{fill:var(--card);stroke:var(--brand);stroke-dasharray:4 3}"
    ".flow .run .box{fill:var(--card);stroke:var(--brand);stroke-width:1.6}.flow .run .side{stroke:var(--brand)}"
    ".flow .chip rect{fill:var(--card);stroke:var(--line)}.flow .chip text{fill:var(--ink)}"
    ".flow .frame{fill:none;stroke:var(--edge)}.flow .loop{stroke:var(--brand);stroke-width:1.6}"
    ".flow .aside{stroke-dasharray:5 4}.flow .back{fill:var(--brand)}.flow .dot{fill:var(--card);stroke:var(--edge)}"
    ".flow .frame-text{font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:5px;stroke-linejoin:round}"
)
"""Rules in the names of the pages' colours (`--paper`, `--ink`, …)."""

_LIGHT = (
    "--paper:#f4f6f4;--card:#fff;--ink:#14201b;--quiet:#4d5b55;--line:#d6ddd9;--edge:#74837c;--brand:#0b5c4a;"
    "--brand-soft:#dcece6;--on-brand:#fff;--soon:#854f00;--info:#1f4f99;--soon-soft:#fbeed9;--info-soft:#e5edf9;"
    "--tube:#5b3fa0"
)
_DARK = (
    "--paper:#0e1412;--card:#161e1b;--ink:#e6ece9;--quiet:#a5b3ad;--line:#2b3632;--edge:#7c8b85;--brand:#6fd0b4;"
    "--brand-soft:#17352c;--on-brand:#06231b;--soon:#f0b45a;--info:#9bbdff;--soon-soft:#35270f;--info-soft:#182742;"
    "--tube:#c0a8ff"
)
STYLE = f"<style>.flow{{{_LIGHT}}}@media(prefers-color-scheme:dark){{.flow{{{_DARK}}}}}{RULES}</style>"
"""For a drawing that stands alone, light or dark as the reader's screen."""
