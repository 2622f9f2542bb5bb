# SPDX-License-Identifier: Apache-2.0
"""Data sets as images with a mask: generated scenes, FLAIR and FLAIR-HUB layouts, Dubai, Chesapeake, plain folders."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from threading import Lock
from xml.etree import ElementTree

import numpy as np
import tifffile

from survol_train.problems import BadInput

METRES_PER_DN = 0.2
"""Elevation above ground in a stack: one digital number is 0.2 m, clipped at 255."""

BANDS = ("RED", "GREEN", "BLUE", "NIR", "ELEVATION")

DOMAIN = re.compile(r"D\d{3}_\d{4}")
"""Département and year of a FLAIR set's folder."""

PARTIAL = ".partial"
"""How the name of what is still being written ends; readers leave it out."""

FLAIR_VALIDATION = tuple("D004_2021 D014_2020 D029_2021 D031_2019 D058_2020 D066_2021 D067_2021 D070_2020".split())
FLAIR_TEST = tuple(
    "D012_2019 D022_2021 D026_2020 D064_2021 D068_2021 D071_2020 D075_2021 D076_2019 D083_2020 D085_2019".split()
)
FLAIR_TRAIN = tuple(
    "D006_2020 D007_2020 D008_2019 D009_2019 D013_2020 D016_2020 D017_2018 D021_2020 D023_2020 D030_2021 D032_2019 "
    "D033_2021 D034_2021 D035_2020 D038_2021 D041_2021 D044_2020 D046_2019 D049_2020 D051_2019 D052_2019 D055_2018 "
    "D060_2021 D063_2019 D072_2019 D074_2020 D077_2021 D078_2021 D080_2021 D081_2020 D086_2020 D091_2021".split()
)
HUB_VALIDATION = tuple("D004 D014 D029 D031 D058 D066 D067 D077".split())
HUB_TEST = tuple("D012 D015 D022 D026 D036 D061 D064 D068 D069 D071 D073 D075 D076 D083 D084 D085".split())
"""Splits by département and year as published for FLAIR#1 and FLAIR-HUB; never by patch."""

HUB_TO_FLAIR = (0, 4, 3, 5, 6, 13, 12, 14, 11, 8, 9, 10, 2, 7, 15, 17, 16, 1, 18)
"""FLAIR-HUB's class at each place of FLAIR's list, both counted from 0."""


def _from_hub() -> np.ndarray:
    """FLAIR's class (1 to 19) by FLAIR-HUB's (0 to 18); 0, not known, for every other value."""
    table = np.zeros(256, np.uint8)
    table[list(HUB_TO_FLAIR)] = np.arange(1, len(HUB_TO_FLAIR) + 1)
    return table


@dataclass(frozen=True)
class Image:
    """One image with its truth.

    bands: (bands, H, W) uint8, in the order of `band_names`; mask: (H, W) uint8, 0 = not known.
    gsd_metres is None where the data set does not say it.
    """

    name: str
    bands: np.ndarray
    mask: np.ndarray
    band_names: tuple[str, ...] = BANDS
    gsd_metres: float | None = 0.2
    origin: tuple[float, float] | None = None
    """Easting and northing of the top left corner, where known."""

    def __post_init__(self) -> None:
        _check(self.name, self.band_names, self.bands.shape, self.mask.shape)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        height, width = self.bands.shape[1:]
        return height, width

    def rows(self, wanted: Sequence[str]) -> list[int]:
        """Where those bands lie."""
        missing = [b for b in wanted if b not in self.band_names]
        if missing:
            raise BadInput(f"{self.name} has no band {', '.join(missing)}; it has {', '.join(self.band_names)}")
        return [self.band_names.index(b) for b in wanted]

    def select(self, wanted: Sequence[str]) -> np.ndarray:
        rows = self.rows(wanted)
        return self.bands if rows == list(range(len(self.band_names))) else self.bands[rows]

    def thinned(self) -> dict[int, int]:
        """How many pixels of each class but 0 lie where both row and column divide by THIN, in the classes' order."""
        return _thinned(self.mask)

    def relabelled(self, table: np.ndarray) -> Image:
        """The same with the mask's values by `table` (256)."""
        return Image(self.name, self.bands, table[self.mask], self.band_names, self.gsd_metres, self.origin)

    def resampled(self, gsd_metres: float, shape: tuple[int, int]) -> Image:
        """Bands bilinear, mask nearest."""
        bands, mask = _bands_at(self.bands, shape), _mask_at(self.mask, shape)
        return Image(self.name, bands, mask, self.band_names, gsd_metres, self.origin)


THIN = 4


def _thinned(mask: np.ndarray) -> dict[int, int]:
    counts = np.bincount(mask[::THIN, ::THIN].ravel(), minlength=256)
    return {int(v): int(counts[v]) for v in np.flatnonzero(counts) if v}


def _check(name: str, band_names: Sequence[str], bands: Sequence[int], mask: Sequence[int]) -> None:
    """@param bands shape (bands, H, W); mask: shape (H, W)"""
    if tuple(bands[1:]) != tuple(mask):
        raise BadInput(
            f"{name}: the image has {bands[2]} x {bands[1]} pixels, its mask {mask[1]} x {mask[0]}; both must show the "
            "same ground, pixel for pixel"
        )
    if len(band_names) != bands[0]:
        raise BadInput(f"{name}: {bands[0]} bands, but {len(band_names)} band names")


class Kept:
    """Arrays by key, those used last, so many bytes of them. For any number of threads."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._arrays: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
                return self._arrays[key]
        made = make()
        with self._lock:
            if key not in self._arrays and made.nbytes <= self.limit:
                self._arrays[key] = made
                self._bytes += made.nbytes
                while self._bytes > self.limit:
                    self._bytes -= self._arrays.popitem(last=False)[1].nbytes
        return made


PIXELS = Kept(2 << 30)
"""Pixels of stored images: sets as large as FLAIR do not fit into memory, small ones are decoded once."""


class Stored(Image):
    """An image whose pixels are read when asked for; PIXELS keeps what there is room for."""

    _numbers = count()
    _number: int
    _shape: tuple[int, int] | None
    _read_bands: Callable[[], np.ndarray]
    _read_mask: Callable[[], np.ndarray]
    _thinned: dict[int, int] | None

    def __init__(
        self,
        name: str,
        read_bands: Callable[[], np.ndarray],
        read_mask: Callable[[], np.ndarray],
        band_names: tuple[str, ...],
        gsd_metres: float | None,
        shape: tuple[int, int] | None = None,
        thinned: dict[int, int] | None = None,
    ) -> None:
        """@param shape height and width, where known without reading"""
        of = {"name": name, "band_names": band_names, "gsd_metres": gsd_metres, "origin": None}
        own = {"_shape": shape, "_read_bands": read_bands, "_read_mask": read_mask, "_thinned": thinned}
        for key, value in {**of, **own, "_number": next(self._numbers)}.items():
            object.__setattr__(self, key, value)  # the base is frozen

    @property
    def bands(self) -> np.ndarray:
        return PIXELS.get((self._number, "bands"), self._read_bands)

    @property
    def mask(self) -> np.ndarray:
        return PIXELS.get((self._number, "mask"), self._read_mask)

    @property
    def shape(self) -> tuple[int, int]:
        return self._shape or super().shape

    def thinned(self) -> dict[int, int]:
        return _thinned(self.mask) if self._thinned is None else self._thinned

    def relabelled(self, table: np.ndarray) -> Image:
        mask = self.mask
        _check(self.name, self.band_names, (len(self.band_names), *self.shape), mask.shape)
        thinned = _thinned(table[mask])
        read = self._read_mask
        return Stored(
            self.name, self._read_bands, lambda: table[read()], self.band_names, self.gsd_metres, self.shape, thinned
        )

    def resampled(self, gsd_metres: float, shape: tuple[int, int]) -> Image:
        return Stored(
            self.name,
            lambda: _bands_at(self.bands, shape),
            lambda: _mask_at(self.mask, shape),
            self.band_names,
            gsd_metres,
            shape,
        )


@dataclass(frozen=True)
class Source:
    """Where images come from and how their mask's values become the model's."""

    kind: str
    paths: tuple[Path, ...]
    values: Mapping[int, int] | None = None
    """From the mask's value to the model's; None: the same. A value that maps to 0 is not known."""
    weight: float = 1.0
    options: Mapping[str, object] = field(default_factory=dict)


# ---- ground size


def at_gsd(image: Image, gsd_metres: float) -> Image:
    """The image at another ground size, bands bilinear, mask nearest. One whose ground size is not known stays as it is."""
    if image.gsd_metres is None or abs(image.gsd_metres / gsd_metres - 1) < 0.01:
        return image
    factor = image.gsd_metres / gsd_metres
    height, width = (max(1, round(side * factor)) for side in image.shape)
    return image.resampled(gsd_metres, (height, width))


def _bands_at(bands: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return np.rint(resized(bands.astype(np.float32), shape)).astype(np.uint8)


def _mask_at(mask: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return mask[np.ix_(nearest(mask.shape[0], shape[0]), nearest(mask.shape[1], shape[1]))]


def nearest(size: int, wanted: int) -> np.ndarray:
    return np.minimum(((np.arange(wanted) + 0.5) * size / wanted).astype(int), size - 1)


def resized(bands: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(bands, H, W) float to another height and width, bilinear; reduced by whole boxes first, or fine texture aliases."""
    for axis, wanted in ((1, shape[0]), (2, shape[1])):
        size = bands.shape[axis]
        box = size // wanted
        if box > 1:
            kept = np.take(bands, np.arange(size - size % box), axis)
            split = (*kept.shape[:axis], kept.shape[axis] // box, box, *kept.shape[axis + 1 :])
            # what is cut off is less than a box of the far edge; places below are of the whole size
            bands, size = kept.reshape(split).mean(axis + 1), size / box
        last = bands.shape[axis] - 1
        place = np.clip((np.arange(wanted) + 0.5) * size / wanted - 0.5, 0, last)
        low = np.minimum(place.astype(int), max(0, last - 1))
        part = (place - low).astype(np.float32)
        part = part[:, None] if axis == 1 else part
        high = np.minimum(low + 1, last)
        bands = np.take(bands, low, axis) * (1 - part) + np.take(bands, high, axis) * part
    return bands


# ---- reading


def read_image(path: Path) -> np.ndarray:
    """Pixels as (H, W) or (H, W, bands)."""
    try:
        if path.suffix.lower() in (".tif", ".tiff"):
            with tifffile.TiffFile(path) as tiff:
                page = tiff.pages[0]
                pixels = page.asarray()
                planar = getattr(page, "planarconfig", 1)
                return np.moveaxis(pixels, 0, -1) if pixels.ndim == 3 and planar == 2 else pixels
        import imagecodecs

        return imagecodecs.imread(path)
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file") from None
    except Exception as reason:  # decoders raise what they like; all of it means the same to the caller
        raise BadInput(f"{path}: cannot be read as an image ({reason}); fetch it again or leave it out") from reason


@dataclass(frozen=True)
class Header:
    """What a GeoTIFF tells about itself without its pixels; None and () where it does not."""

    gsd: float | None = None
    """Metres a pixel."""
    corner: tuple[float, float] | None = None
    """Easting and northing of the top left corner."""
    epsg: int | None = None
    bands: tuple[str, ...] = ()
    taken: str = ""
    """When it was pictured, as in `2022-07-31T11:21:00Z`."""
    shape: tuple[int, int, int] = (0, 0, 0)
    """Bands, height, width."""
    keys: tuple[tuple[int, str, int, object, bool], ...] = ()
    """The tags of its coordinate system, as tifffile writes them."""

    def names(self, path: Path, count: int) -> tuple[str, ...]:
        """Names of so many bands; those of an image that does not tell go by their number."""
        if len(self.bands) == count and set(self.bands) <= set(BANDS):
            return self.bands
        if not 3 <= count <= len(BANDS):
            raise BadInput(f"{path}: {count} bands without names; nameless ones must be the first 3, 4 or 5 of {', '.join(BANDS)}")
        return BANDS[:count]


_GEO_KEYS, _GEO_DOUBLES, _GEO_TEXT, _GDAL_METADATA = 34735, 34736, 34737, 42112
_PROJECTED, _GEOGRAPHIC, _USER_DEFINED = 3072, 2048, 32767


def header(path: Path) -> Header:
    try:
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages[0]
            tags = {t.code: t.value for t in page.tags.values()}
            ends = [o + n for o, n in zip(page.dataoffsets, page.databytecounts, strict=False)]
            if max(ends, default=0) > tiff.filehandle.size:
                raise ValueError(f"{tiff.filehandle.size} bytes of at least {max(ends)}")
            sides = page.shape if page.ndim == 3 else (*page.shape, 1)
            shape = sides if page.ndim == 3 and page.planarconfig == 2 else (sides[2], *sides[:2])
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file") from None
    except Exception as reason:
        raise BadInput(f"{path}: cannot be read as an image ({reason}); fetch it again or leave it out") from reason
    kinds = {_GEO_KEYS: "H", _GEO_DOUBLES: "d", _GEO_TEXT: "s"}
    kept = [(code, kinds[code], tags[code]) for code in kinds if code in tags]
    bands, taken = _gdal(str(tags.get(_GDAL_METADATA, "")))
    scale, tie = tags.get(33550), tags.get(33922)
    keys = tuple(tags.get(_GEO_KEYS, ()))
    entries = {keys[i]: keys[i + 3] for i in range(4, len(keys) - 3, 4) if keys[i + 1] == 0}
    epsg = entries.get(_PROJECTED, entries.get(_GEOGRAPHIC))
    return Header(
        gsd=float(scale[0]) if scale and scale[0] > 0 else None,
        corner=(tie[3] - tie[0] * scale[0], tie[4] + tie[1] * scale[1]) if scale and tie else None,
        epsg=epsg if epsg not in (0, _USER_DEFINED) else None,
        bands=bands,
        taken=taken if re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", taken) else "",
        shape=shape,
        keys=tuple((code, kind, 0 if kind == "s" else len(value), value, True) for code, kind, value in kept),
    )


def _gdal(text: str) -> tuple[tuple[str, ...], str]:
    """Descriptions of the bands in GDAL's metadata, in the bands' order, and the time that Survol put there."""
    try:
        items = list(ElementTree.fromstring(text).iter("Item")) if text else []
    except ElementTree.ParseError:
        return (), ""
    names = {int(i.get("sample", "0")): i.text or "" for i in items if i.get("role") == "description"}
    taken = next((i.text or "" for i in items if i.get("name") == "SURVOL_DATETIME"), "")
    return tuple(names[n] for n in sorted(names)) if sorted(names) == list(range(len(names))) else (), taken


def _bands_first(pixels: np.ndarray, path: Path) -> np.ndarray:
    if pixels.dtype != np.uint8:
        raise BadInput(f"{path}: {pixels.dtype} pixels; bands must be uint8 (0 to 255)")
    return np.ascontiguousarray(pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0))


def _bands(path: Path) -> np.ndarray:
    return _bands_first(read_image(path), path)


def _stored(
    path: Path,
    mask: Path,
    names: tuple[str, ...],
    gsd: float | None,
    name: str = "",
    most: int | None = None,
    told: Header | None = None,
) -> Stored:
    """@param most of a file's bands that count; told: its header, where it was read already"""
    if told is None and path.suffix.lower() in (".tif", ".tiff"):
        told = header(path)

    def counted(bands: int) -> None:
        if min(bands, most or bands) != len(names):
            raise BadInput(f"{path}: {bands} bands, but {len(names)} band names")

    def read() -> np.ndarray:
        bands = _bands(path)
        counted(bands.shape[0])
        return bands[:most]

    if told:
        counted(told.shape[0])
    return Stored(name or str(path), read, lambda: _mask(mask), names, gsd, told.shape[1:] if told else None)


def _mask(path: Path) -> np.ndarray:
    pixels = read_image(path)
    if pixels.ndim != 2:
        raise BadInput(f"{path}: a mask has one band of class values, this file has {pixels.shape[-1]}")
    if pixels.dtype != np.uint8:
        raise BadInput(f"{path}: {pixels.dtype} values; a mask must be uint8")
    return pixels


@dataclass(frozen=True)
class Placed:
    pixels: np.ndarray
    west: float
    north: float
    gsd: float


    name: str = ""
    """For messages."""


def placed(path: Path) -> Placed:
    told = header(path)
    if told.gsd is None or told.corner is None:
        raise BadInput(f"{path}: no georeference; it needs a pixel size and a tie point")
    return Placed(read_image(path), *told.corner, told.gsd, str(path))


def aligned(image: Placed, like: Placed) -> np.ndarray:
    """The part of `image` below `like`; both lie on the same absolute grid. Outside: zeros."""
    if abs(image.gsd / like.gsd - 1) > 1e-3:
        raise BadInput(
            f"{image.name}: {image.gsd:g} m a pixel, {like.name} has {like.gsd:g}; both must have the same, resample one of them"
        )
    height, width = like.pixels.shape[:2]
    column = round((like.west - image.west) / image.gsd)
    row = round((image.north - like.north) / image.gsd)
    out = np.zeros((height, width, *image.pixels.shape[2:]), image.pixels.dtype)
    r0, c0 = max(0, row), max(0, column)
    r1, c1 = min(image.pixels.shape[0], row + height), min(image.pixels.shape[1], column + width)
    if r0 < r1 and c0 < c1:
        out[r0 - row : r1 - row, c0 - column : c1 - column] = image.pixels[r0:r1, c0:c1]
    return out


def _mosaic(images: list[Placed], like: Placed) -> np.ndarray:
    out = np.full(like.pixels.shape[:2], np.nan, np.float32)
    for image in images:
        valid = np.where(image.pixels < -9000, np.nan, image.pixels).astype(np.float32)
        part = aligned(replace(image, pixels=np.nan_to_num(valid, nan=-1e9)), like)
        inside = aligned(replace(image, pixels=np.isfinite(valid)), like)
        out = np.where(np.isnan(out) & inside, part, out)
    return out


# ---- kinds of data set


def scene(folder: Path, options: Mapping[str, object]) -> Iterator[Image]:
    """A flight made by `survol scene`: one image a strip."""
    by_role = _assets(folder / "item.json")
    truth = placed(folder / "truth" / "classes.tif")
    ground = [placed(path) for _, path in by_role["DTM"]]
    surface = [placed(path) for _, path in by_role["DSM"]]
    infrared = [placed(path) for _, path in by_role["IRC"]]
    for name, path in by_role["RGB"]:
        rgb = placed(path)
        here = (rgb.west, rgb.north, rgb.pixels.shape[:2])
        own_infrared = next((i for i in infrared if (i.west, i.north, i.pixels.shape[:2]) == here), None)
        if own_infrared is None:
            raise BadInput(f"{path}: no infrared image (role IRC) of the same place and size; write the scene anew")
        height = _mosaic(surface, rgb) - _mosaic(ground, rgb)
        elevation = np.clip(np.rint(np.nan_to_num(height) / METRES_PER_DN), 0, 255).astype(np.uint8)
        bands = np.stack([*np.moveaxis(rgb.pixels[..., :3], -1, 0), own_infrared.pixels[..., 0], elevation])
        yield Image(f"{folder.name}/{name}", bands, aligned(truth, rgb), BANDS, rgb.gsd, (rgb.west, rgb.north))


def _assets(item: Path) -> dict[str, list[tuple[str, Path]]]:
    """Names and files of a scene's images by role."""
    advice = "name a folder that `./survol scene` wrote"
    by_role: dict[str, list[tuple[str, Path]]] = {}
    try:
        for name, asset in sorted(json.loads(item.read_text())["assets"].items()):
            if role := asset.get("survol:role"):
                by_role.setdefault(role, []).append((name, item.parent / asset["href"]))
    except FileNotFoundError:
        raise BadInput(f"{item.parent}: no item.json in it; {advice}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as reason:
        raise BadInput(f"{item}: not a scene's item ({reason!r}); {advice}") from None
    missing = [role for role in ("RGB", "IRC", "DSM", "DTM") if role not in by_role]
    if missing:
        raise BadInput(f"{item}: no image of role {', '.join(missing)}; {advice}")
    return by_role


def flair(folder: Path, options: Mapping[str, object]) -> Iterator[Image]:
    """FLAIR#1 and #2: `D012_2019/Z10_UU/img/IMG_062613.tif` with `…/msk/MSK_062613.tif`; masks may lie in a tree of
    their own, given as option `masks`. Bands and ground size are those that the file tells, else FLAIR's."""
    domains = _domains(options, FLAIR_VALIDATION, FLAIR_TEST)
    by_split = "domains" not in options and options.get("split", "all") != "all"
    masks = Path(str(options["masks"])) if "masks" in options else None
    for path in sorted(folder.glob("**/img/IMG_*.tif")):
        if any(part.endswith(PARTIAL) for part in path.parts):
            continue
        domain = next((p for p in reversed(path.parts) if DOMAIN.fullmatch(p)), "")
        if by_split and domain not in (*FLAIR_TRAIN, *FLAIR_VALIDATION, *FLAIR_TEST):
            raise BadInput(  # it may be a test domain of FLAIR#2: in no split by accident
                f"{path}: {domain or 'no domain like D012_2019'} is in no split of FLAIR#1; name domains instead of split, "
                "or for FLAIR#2's test set its own paths without either"
            )
        if not domains(domain):
            continue
        mask = _flair_mask(path, folder, masks, domain)
        told = header(path)
        yield _stored(path, mask, told.names(path, told.shape[0]), told.gsd or 0.2, told=told)


def _flair_mask(image: Path, folder: Path, masks: Path | None, domain: str) -> Path:
    """Beside the image; else below `masks` where the image lies below `folder`, or by domain and zone."""
    beside = image.parent.parent / "msk" / image.name.replace("IMG_", "MSK_")
    places = [beside]
    if masks is not None:
        places.append(masks / beside.relative_to(folder))
        if domain:
            places.append(masks / Path(*beside.parts[len(beside.parts) - 1 - beside.parts[::-1].index(domain) :]))
    found = next((p for p in places if p.exists()), None)
    if found is None:
        where = " nor ".join(str(p) for p in dict.fromkeys(places))
        raise BadInput(f"{image}: no mask {where}; the option masks names the folder of labels where they lie apart")
    return found


def flair_hub(folder: Path, options: Mapping[str, object]) -> Iterator[Image]:
    """FLAIR-HUB: `D012-2019_AERIAL_RGBI/AF-S1-27/D012-2019_AERIAL_RGBI_AF-S1-27_5-10.tif`, elevation from `DEM_ELEV`
    (surface, ground; metres), classes from `LABEL-COSIA`, in FLAIR's numbers (1 to 19) instead of FLAIR-HUB's."""
    domains = _domains(options, HUB_VALIDATION, HUB_TEST)
    for path in sorted(folder.glob("**/D*_AERIAL_RGBI/*/D*_AERIAL_RGBI_*.tif")):
        if not domains(path.name[:4]):
            continue

        def sibling(kind: str, path: Path = path) -> Path:
            top = path.parent.parent
            place = top.with_name(top.name.replace("AERIAL_RGBI", kind)) / path.parent.name
            return place / path.name.replace("AERIAL_RGBI", kind)

        elevation = sibling("DEM_ELEV")
        told = header(path)
        if not elevation.exists():
            yield _stored_hub(path, sibling("LABEL-COSIA"), told, None)
            continue
        heights = header(elevation)
        if heights.shape != (2, *told.shape[1:]):
            raise BadInput(f"{elevation}: shape {heights.shape}; it must be 2 bands (surface, ground) of the image's size")
        yield _stored_hub(path, sibling("LABEL-COSIA"), told, elevation)


def _stored_hub(path: Path, mask: Path, told: Header, elevation: Path | None) -> Stored:
    if told.shape[0] != 4:
        raise BadInput(f"{path}: {told.shape[0]} bands; an image of AERIAL_RGBI has {', '.join(BANDS[:4])}")

    def bands() -> np.ndarray:
        optical = _bands(path)
        if elevation is None:
            return optical
        both = read_image(elevation).astype(np.float32)
        height = np.clip(np.rint((both[..., 0] - both[..., 1]) / METRES_PER_DN), 0, 255).astype(np.uint8)
        return np.concatenate([optical, height[None]])

    table = _from_hub()
    names = BANDS if elevation else BANDS[:4]
    return Stored(str(path), bands, lambda: table[_mask(mask)], names, 0.2, told.shape[1:])


def _domains(
    options: Mapping[str, object], validation: Sequence[str], test: Sequence[str]
) -> Callable[[str], bool]:
    if "domains" in options:
        wanted = options["domains"]
        if not isinstance(wanted, list | tuple):
            raise BadInput(f'domains must be a list, for example ["D012_2019"]: {wanted!r}')
        return lambda domain: domain in wanted
    split = options.get("split", "all")
    match split:
        case "all":
            return lambda domain: True
        case "train":
            return lambda domain: domain not in validation and domain not in test
        case "validation":
            return lambda domain: domain in validation
        case "test":
            return lambda domain: domain in test
    raise BadInput(f"split must be train, validation, test or all: {split}")


def dubai(folder: Path, options: Mapping[str, object]) -> Iterator[Image]:
    """One tile of the MBRSC set: `tile3/images/image_part_001.jpg` with `masks_index/Tile3_image_part_001.png`."""
    number = re.sub(r"\D", "", folder.name)
    for path in sorted((folder / "images").glob("*.jp*g")):
        mask = folder.parent / "masks_index" / f"Tile{number}_{path.stem}.png"
        yield _stored(path, mask, BANDS[:3], None, f"{folder.name}/{path.name}")


def chesapeake(folder: Path, options: Mapping[str, object]) -> Iterator[Image]:
    """NAIP patches at 1 m with land-cover masks; two dates of a place share one mask."""
    wanted = str(options.get("prefix", ""))
    for mask_path in sorted((folder / "masks").glob(f"{wanted}*.tif")):
        place = re.sub(r"_(lc|mask|landcover)$", "", mask_path.stem)
        images = sorted(p for p in (folder / "images").glob(f"{place}_*.tif"))
        if not images:
            raise BadInput(f"{mask_path}: no image named {place}_*.tif beside it")
        for path in images:
            yield _stored(path, mask_path, BANDS[:4], 1.0, path.name, most=4)


def folder(folder: Path, options: Mapping[str, object]) -> Iterator[Image]:
    """`images/NAME.*` with `masks/NAME.*`; bands in the order of option `bands`."""
    wanted = options.get("bands", BANDS[:3])
    if not isinstance(wanted, list | tuple):
        raise BadInput(f"{folder}: bands must be a list, for example [\"RED\", \"GREEN\", \"BLUE\"]")
    names = tuple(str(b) for b in wanted)
    gsd = options.get("gsd_metres")
    if gsd is not None and (isinstance(gsd, bool) or not isinstance(gsd, int | float) or gsd <= 0):
        raise BadInput(f"{folder}: gsd_metres must be a number above 0, for example 0.2: {gsd!r}")
    masks = {p.stem: p for p in sorted((folder / "masks").glob("*")) if p.is_file()}
    for path in sorted(p for p in (folder / "images").glob("*") if p.is_file()):
        if path.stem not in masks:
            raise BadInput(f"{path}: no mask named {path.stem}.* in {folder / 'masks'}")
        yield _stored(path, masks[path.stem], names, None if gsd is None else float(gsd))


KINDS: dict[str, Callable[[Path, Mapping[str, object]], Iterator[Image]]] = {
    "scene": scene,
    "flair": flair,
    "flair-hub": flair_hub,
    "dubai": dubai,
    "chesapeake": chesapeake,
    "folder": folder,
}
OPTIONS: dict[str, frozenset[str]] = {
    "flair": frozenset({"split", "domains", "masks"}),
    "flair-hub": frozenset({"split", "domains"}),
    "chesapeake": frozenset({"prefix"}),
    "folder": frozenset({"bands", "gsd_metres"}),
}


def load(source: Source, classes: Sequence[int], say: Callable[[str], None] = lambda _: None) -> list[Image]:
    """All images of a source, their masks in the model's values. An empty source and a class outside the list are
    refused, so that no training starts on less than it was told."""
    if source.kind not in KINDS:
        raise BadInput(f"no such kind of data set: {source.kind}; known are {', '.join(sorted(KINDS))}")
    known_options = OPTIONS.get(source.kind, frozenset())
    for option in source.options:
        if option not in known_options:  # a misspelt split would be all of it
            known_words = f"known are {', '.join(sorted(known_options))}" if known_options else "it has none of its own"
            raise BadInput(f"{source.paths[0]}: a set of kind {source.kind} has no option {option}; {known_words}")
    table, known = _translation(source, classes)
    images: list[Image] = []
    labelled = False
    for path in source.paths:
        if not path.is_dir():
            raise BadInput(f"{path}: no such folder")
        found = 0
        for image in KINDS[source.kind](path, source.options):
            shown = np.flatnonzero(np.bincount(image.mask.ravel(), minlength=256)).tolist()
            strange = sorted(set(shown) - known)
            if strange:
                raise BadInput(
                    f"{image.name}: its mask holds class {', '.join(map(str, strange))}, which the list does not "
                    f"({', '.join(map(str, sorted(known - {0})))}); add it, or map it to 0 to leave it out"
                )
            labelled = labelled or bool(table[shown].any())
            images.append(image.relabelled(table))
            found += 1
            say(f"{image.name}")
        if not found:
            raise BadInput(f"{path}: no image of kind {source.kind} in it, or none in this split")
    if not labelled:
        raise BadInput(f"{source.paths[0]}: not one labelled pixel in {len(images)} images")
    return images


def _translation(source: Source, classes: Sequence[int]) -> tuple[np.ndarray, set[int]]:
    table = np.arange(256, dtype=np.uint8)
    if source.values is None:
        return table, {0, *classes}
    for value, target in source.values.items():
        if not 0 <= value <= 255:
            raise BadInput(f"{source.kind}: mask value {value} in map; masks hold 0 to 255")
        if target != 0 and target not in classes:
            raise BadInput(f"{source.kind}: mask value {value} maps to class {target}, which the model does not have")
        table[value] = target
    return table, {0, *source.values}
