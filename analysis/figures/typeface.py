"""The typeface of figures: matplotlib's own DejaVu Sans, without what figures never use.

Embedding the whole font makes each PDF take three times as long, since its tables for ligatures and
other scripts are read anew for every file.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import matplotlib as mpl
from fontTools import subset
from matplotlib import font_manager

NAME = "Report Sans"
# Latin, Greek, punctuation, superscripts, arrows and mathematical signs.
_KEPT = (*range(0x20, 0x250), *range(0x370, 0x400), *range(0x2000, 0x2300))
_NAMES = (1, 3, 4, 6, 16)


@cache
def registered() -> str:
    """Make the typeface known to matplotlib, once in a process, and give its name."""
    options = subset.Options(layout_features=[], hinting=True, notdef_outline=True)
    options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB", "kern"]
    source = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=_KEPT)
    cutter.subset(font)
    for record in font["name"].names:
        if record.nameID in _NAMES:
            record.string = NAME if record.nameID != _NAMES[3] else NAME.replace(" ", "")
    path = Path(_folder().name) / "ReportSans.ttf"
    font.save(path, reorderTables=None)
    font.close()
    font_manager.fontManager.addfont(path)
    return NAME


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder that is there as long as the process: figures read the file as they are saved.

    Windows may still have it open at the end; then it stays.
    """
    return tempfile.TemporaryDirectory(prefix="report-typeface-", ignore_cleanup_errors=True)
