# SPDX-License-Identifier: Apache-2.0
"""The accuracy of a model as `accuracy.json` and as one HTML page that needs nothing beside it."""

from __future__ import annotations

import base64
import html
import json
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from survol_train.score import (
    Adjusted,
    Model,
    Reliability,
    Result,
    area_adjusted,
    mean_iou,
    overall_accuracy,
    per_class,
)

Z95 = 1.96
"""Standard errors on each side of an estimate that make its 95 % confidence interval."""


def figures(model: Model, result: Result, measured_on: str, before: Reliability | None = None) -> dict[str, Any]:
    """All figures, ready for JSON; a figure without meaning is null.

    @param before of the same images, as the model was before it was calibrated; None: it is not calibrated
    """
    hectares = result.table.sum() * model.card["gsdMetres"] ** 2 / 10_000
    rates = per_class(result.table)
    present = result.table.sum(0) > 0
    adjusted = _adjusted(result, present)
    classes = []
    for i, value in enumerate(model.values):
        own: dict[str, Any] = {
            "value": value,
            "label": model.labels[i],
            "truthPixels": int(result.table[i].sum()),
            "mapPixels": int(result.table[:, i].sum()),
            **{name: _number(rates[name][i]) for name in rates},
        }
        own["adjusted"] = {
            "users": _pair(adjusted.users[i], adjusted.users_error[i]),
            "producers": _pair(adjusted.producers[i], adjusted.producers_error[i]),
            "share": _pair(adjusted.share[i], adjusted.share_error[i]),
            "mapShare": _number(adjusted.mapped[i]),
            "samples": int(adjusted.samples[i]),
            "hectares": _area(adjusted.share[i], adjusted.share_error[i], hectares),
            "mapHectares": _number(adjusted.mapped[i] * hectares),
        }
        classes.append(own)
    return {
        "model": {k: model.card[k] for k in ("name", "version", "title", "gsdMetres", "temperature")},
        "measuredOn": measured_on,
        "pixels": int(result.table.sum()),
        "hectares": _number(hectares),
        "overallAccuracy": _number(overall_accuracy(result.table)),
        "meanIou": _number(mean_iou(result.table)),
        "adjustedOverallAccuracy": _pair(*adjusted.overall),
        "expectedCalibrationError": _number(result.reliability.expected_error()),
        "expectedCalibrationErrorBefore": None if before is None else _number(before.expected_error()),
        "conformalCoverage": {k: _number(v) for k, v in result.coverage.items()},
        "conformalMeanSetSize": {k: _number(v) for k, v in result.set_sizes.items()},
        "classes": classes,
        "confusion": result.table.tolist(),
        "reliability": result.reliability.as_rows(),
        "reliabilityBefore": None if before is None else before.as_rows(),
        "images": [{"name": n, "overallAccuracy": _number(a), "pixels": p} for n, a, p in result.images],
    }


def write(
    model: Model, result: Result, folder: Path, measured_on: str, before: Reliability | None = None
) -> dict[str, Any]:
    found = figures(model, result, measured_on, before)
    page = _page(model, result, found)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("accuracy.json", json.dumps(found, indent=1) + "\n"), ("accuracy.html", page)):
        partial = folder / (name + ".partial")
        partial.write_text(text)
        partial.replace(folder / name)
    return found


def _adjusted(result: Result, present: np.ndarray) -> Adjusted:
    return area_adjusted(result.sample, np.where(present, result.mapped, 0))


def _number(value: float) -> float | None:
    return None if value is None or math.isnan(value) else round(float(value), 5)


def _pair(value: float, error: float) -> dict[str, float | None]:
    return {"estimate": _number(value), "standardError": _number(error)}


def _area(share: float, error: float, hectares: float) -> dict[str, Any]:
    """Hectares with their 95 % confidence interval."""
    low, high = max(0.0, share - Z95 * error), min(1.0, share + Z95 * error)
    return {
        "estimate": _number(share * hectares),
        "standardError": _number(error * hectares),
        "confidence95": [_number(low * hectares), _number(high * hectares)],
    }


# ---- the page

_STYLE = """
:root{--ink:#1c2430;--soft:#5b6675;--line:#dde2e8;--blue:#2266aa;--paper:#fff}
*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0}
main{max-width:1080px;margin:0 auto;padding:28px 24px 60px}h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:40px 0 8px}
p{margin:6px 0;max-width:75ch}.soft{color:var(--soft)}.big{display:flex;flex-wrap:wrap;gap:14px;margin:18px 0}
.big div{border:1px solid var(--line);border-radius:8px;padding:10px 16px;min-width:150px}.big b{display:block;font-size:24px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13.5px}th,td{padding:4px 9px;text-align:right}
td{white-space:nowrap}
th{font-weight:600;border-bottom:1px solid var(--line)}td:first-child,th:first-child{text-align:left;white-space:nowrap}
tbody tr:hover td{outline:1px solid var(--line)}.wide{overflow-x:auto}i.c{display:inline-block;width:11px;height:11px;
border-radius:2px;margin-inline-end:7px;vertical-align:-1px;border:1px solid #0003}.m td{padding:5px 6px;min-width:44px}
.m th{font-weight:500;font-size:12px;vertical-align:bottom}.m th.v span{writing-mode:vertical-rl;transform:rotate(180deg);
max-height:130px}.patches{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(480px,100%),1fr));gap:18px}
figure{margin:0}figure div{display:flex;gap:4px}figure img{width:33%;image-rendering:pixelated;border-radius:4px}
figcaption{font-size:12.5px;color:var(--soft)}svg text{font:11px system-ui,sans-serif;fill:var(--soft)}
"""


def _page(model: Model, result: Result, found: dict[str, Any]) -> str:
    colours = [c["colour"] for c in model.card["nomenclature"]["classes"]]
    names = [f'<i class="c" style="background:{c}"></i>{html.escape(n)}' for c, n in zip(colours, model.labels, strict=True)]
    title = f"{model.card['name']} {model.card['version']}"
    coverage = "".join(
        f"<tr><td>{float(level):.0%}</td><td>{share:.2%}</td><td>{found['conformalMeanSetSize'][level]:.2f}</td></tr>"
        for level, share in found["conformalCoverage"].items()
    )
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Accuracy of {html.escape(title)}</title><style>{_STYLE}</style><main>",
        f"<h1>{html.escape(title)}</h1><p class=soft>{html.escape(model.card['title'])}. Measured on "
        f"{html.escape(found['measuredOn'])}: {found['pixels'] / 1e6:.1f} Mpx at {model.card['gsdMetres']} m.</p>",
        "<div class=big>",
        _big("overall accuracy", _percent(found["overallAccuracy"])),
        _big("mean IoU", _plain(found["meanIou"])),
        _big("calibration error", _plain(found["expectedCalibrationError"])),
        _big("area-adjusted accuracy", _with_error(found["adjustedOverallAccuracy"])),
        "</div>",
        "<h2>Class by class</h2><p class=soft>User's accuracy: of what the map calls so, how much is right. Producer's: of "
        "what is so, how much the map found. Counted over all pixels.</p><div class=wide><table><thead><tr><th>class<th>share"
        " of truth<th>share of map<th>IoU<th>F1<th>user's<th>producer's<th>IoU</tr></thead><tbody>",
    ]
    total = max(1, found["pixels"])
    for name, colour, c in zip(names, colours, found["classes"], strict=True):
        parts.append(
            f"<tr><td>{name}<td>{c['truthPixels'] / total:.2%}<td>{c['mapPixels'] / total:.2%}<td>{_plain(c['iou'])}<td>"
            f"{_plain(c['f1'])}<td>{_percent(c['users'])}<td>{_percent(c['producers'])}<td>{_bar(c['iou'], colour)}</tr>"
        )
    parts.append("</tbody></table></div>")
    parts.append(
        "<h2>Confusion</h2><p class=soft>Rows: truth. Columns: map. Percent of the row; the darker, the more.</p>"
        "<div class=wide>" + _matrix(result.table, names) + "</div>"
    )
    parts.append(
        "<h2>Area-adjusted estimates</h2><p class=soft>From a random sample of points in each class of the map, weighted by the "
        "class's mapped area (Olofsson et al. 2014). ± is one standard error; the interval holds the true area in 95 of 100 "
        f"samples. Of {_hectares(found['hectares'])} ha in all. Pixels of one image are alike: the errors hold for these images, "
        "not for others.</p><div class=wide><table><thead><tr><th>class<th>points<th>user's<th>producer's<th>mapped share"
        "<th>estimated share<th>mapped ha<th>estimated ha<th>95 % interval, ha</tr></thead><tbody>"
    )
    for name, c in zip(names, found["classes"], strict=True):
        a = c["adjusted"]
        low, high = a["hectares"]["confidence95"]
        parts.append(
            f"<tr><td>{name}<td>{a['samples']}<td>{_with_error(a['users'])}<td>{_with_error(a['producers'])}<td>"
            f"{_percent(a['mapShare'])}<td>{_with_error(a['share'], 2)}<td>{_hectares(a['mapHectares'])}<td>"
            f"{_hectares(a['hectares']['estimate'])}<td>{_hectares(low)} to {_hectares(high)}</tr>"
        )
    parts.append("</tbody></table></div>")
    before = found["reliabilityBefore"]
    calibrated = (
        "This model is not calibrated."
        if before is None
        else "Rings and dashes: the model before it was calibrated, on the same images (calibration error "
        f"{_plain(found['expectedCalibrationErrorBefore'])}, now {_plain(found['expectedCalibrationError'])})."
    )
    parts.append(
        "<h2>Is the stated probability right?</h2><p class=soft>Each dot: pixels whose chosen class was given about that "
        "probability, and how many of them were right. On the line: calibrated. Dot size: how many pixels. "
        f"{calibrated}</p>" + _reliability(found["reliability"], before or [])
    )
    if coverage:
        parts.append(
            "<p>Sets of classes, by the thresholds in the model's card:</p><table><thead><tr><th>promised coverage<th>measured"
            f"<th>classes a pixel</tr></thead><tbody>{coverage}</tbody></table>"
        )
    parts.append("<h2>Worst patches</h2><p class=soft>Image, truth, map. White: not known.</p><div class=patches>")
    for tally in result.worst:
        pictures = (_picture(tally.bands), _painted(tally.truth, model), _painted(tally.classes, model))
        images = "".join(f'<img alt="" src="data:image/png;base64,{base64.b64encode(p).decode()}">' for p in pictures)
        parts.append(
            f"<figure><div>{images}</div><figcaption>{html.escape(tally.name)}: "
            f"{overall_accuracy(tally.table):.1%} right</figcaption></figure>"
        )
    parts.append("</div><h2>Images</h2><div class=wide><table><thead><tr><th>image<th>Mpx<th>overall accuracy</tr></thead><tbody>")
    parts += [
        f"<tr><td>{html.escape(i['name'])}<td>{i['pixels'] / 1e6:.2f}<td>{_percent(i['overallAccuracy'])}</tr>"
        for i in found["images"]
    ]
    parts.append("</tbody></table></div></main></html>\n")
    return "".join(parts)


def _hectares(value: float | None) -> str:
    """Four significant digits or all before the point."""
    if value is None:
        return "–"
    return f"{value:,.{0 if value >= 1000 else 1 if value >= 100 else 2 if value >= 10 else 3}f}".replace(",", "\u202f")


def _big(label: str, value: str) -> str:
    return f"<div><b>{value}</b>{label}</div>"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _with_error(pair: dict[str, float | None], digits: int = 1) -> str:
    if pair["estimate"] is None:
        return "–"
    error = "" if pair["standardError"] is None else f" ± {pair['standardError'] * 100:.{digits}f}"
    return f"{pair['estimate'] * 100:.{digits}f}{error} %"


def _bar(value: float | None, colour: str) -> str:
    width = 0 if value is None else 120 * value
    return (
        "<svg width=122 height=12 role=img><rect width=121 height=11 fill='#f1f3f5'/>"
        f"<rect width='{width:.1f}' height=11 fill='{colour}' stroke='#0003'/></svg>"
    )


def _matrix(table: np.ndarray, names: list[str]) -> str:
    head = "".join(f"<th class=v><span>{n}</span>" for n in names)
    rows = []
    for name, row in zip(names, table, strict=True):
        total = row.sum()
        cells = []
        for count in row:
            share = count / total if total else 0.0
            shown = "" if share < 0.0005 else f"{100 * share:.1f}"
            cells.append(
                f"<td style='background:rgba(34,102,170,{0.85 * share:.3f});color:{'#fff' if share > 0.85 else 'inherit'}'"
                f" title='{count} px'>{shown}"
            )
        rows.append(f"<tr><td>{name}{''.join(cells)}</tr>")
    return f"<table class=m><thead><tr><th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _reliability(rows: list[dict[str, float]], before: list[dict[str, float]]) -> str:
    side, left, bottom = 300, 40, 30
    most = max((r["pixels"] for r in (*rows, *before)), default=1)

    def x(v: float) -> float:
        return left + side * v

    def y(v: float) -> float:
        return 10 + side * (1 - v)

    marks = "".join(
        f"<line x1='{x(t / 5)}' x2='{x(t / 5)}' y1='{y(0)}' y2='{y(1)}' stroke='#eef1f4'/><line x1='{x(0)}' x2='{x(1)}' "
        f"y1='{y(t / 5)}' y2='{y(t / 5)}' stroke='#eef1f4'/><text x='{x(t / 5)}' y='{y(0) + 16}' text-anchor=middle>"
        f"{t / 5:g}</text><text x='{left - 8}' y='{y(t / 5) + 4}' text-anchor=end>{t / 5:g}</text>"
        for t in range(6)
    )
    def curve(points: list[dict[str, float]], line: str, dot: str, words: str) -> str:
        path = " ".join(f"{x(r['stated']):.1f},{y(r['right']):.1f}" for r in points)
        drawn = f"<polyline points='{path}' fill=none {line}/>" if points else ""
        return drawn + "".join(
            f"<circle cx='{x(r['stated']):.1f}' cy='{y(r['right']):.1f}' r='{3 + 9 * math.sqrt(r['pixels'] / most):.1f}' "
            f"{dot}><title>{words}stated {r['stated']:.3f}, right {r['right']:.3f}, {r['pixels']} px</title></circle>"
            for r in points
        )

    curves = curve(before, "stroke='#b0562a' stroke-dasharray='5 4'", "fill=none stroke='#b0562a'", "before: ") + curve(
        rows, "stroke='#2266aa'", "fill='#2266aa' fill-opacity=.75", ""
    )
    return (
        f"<svg width={side + left + 20} height={side + bottom + 30} role=img aria-label='reliability diagram'>{marks}"
        f"<line x1='{x(0)}' y1='{y(0)}' x2='{x(1)}' y2='{y(1)}' stroke='#9aa5b1'/>{curves}"
        f"<text x='{x(0.5)}' y='{y(0) + 34}' text-anchor=middle>stated probability; upwards: share of pixels right"
        "</text></svg>"
    )


def _picture(bands: np.ndarray) -> bytes:
    colour = bands[:3] if len(bands) >= 3 else np.repeat(bands[:1], 3, 0)
    return png(np.moveaxis(colour, 0, -1))


def _painted(classes: np.ndarray, model: Model) -> bytes:
    palette = np.full((256, 3), 255, np.uint8)
    for c in model.card["nomenclature"]["classes"]:
        palette[c["value"]] = [int(c["colour"][i : i + 2], 16) for i in (1, 3, 5)]
    return png(palette[classes])


def png(pixels: np.ndarray) -> bytes:
    """(H, W, 3) uint8 as a PNG file."""
    height, width, _ = pixels.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], 1).tobytes()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 6)) + chunk(b"IEND", b"")
