// SPDX-License-Identifier: Apache-2.0
// What the catalogue answers. Addresses are relative to the page: it works behind any prefix.

import type { Language } from './format';

export type State = 'registered' | 'planned' | 'running' | 'done' | 'failed' | 'cancelled';

export interface Tiles {
  planned: number;
  ready: number;
  skipped: number;
  predicted: number;
  vectorized: number;
  failed: number;
}

export interface FileLink {
  key: string;
  bytes: number;
  sha256: string;
  url: string;
}

export interface Product {
  id: string;
  polygons: number;
  areaSquareMetres: number;
  missingTiles: number;
  files: Record<string, FileLink>;
}

export interface Stage {
  units: number;
  pixels: number;
  wallMillis: number;
  megapixelsPerSecond?: number;
}

export interface Run {
  run: string;
  model: string;
  state: State;
  tiles: Tiles;
  stages: Record<string, Stage>;
  product?: Product;
  startedAt: string;
  endedAt?: string;
  /** there while work is left that can be stopped */
  cancel?: string;
}

export interface DeadLetter {
  id: string;
  stage: string;
  tile?: string;
  file: string;
  reason: string;
  mend: string;
  at: string;
  /** there when it can be tried again */
  replay?: string;
}

export interface Acquisition {
  id: string;
  state: State;
  model?: string;
  registeredAt?: string;
  runs: Run[];
  deadLetters: DeadLetter[];
}

export interface LandClass {
  value: number;
  code: string;
  labelEn: string;
  labelFr: string;
  colour: string;
}

export interface Legend {
  nomenclature: { id: string; classes: LandClass[] };
  bbox: [number, number, number, number];
  epsg: number;
  gsdMetres: number;
  vintage: number;
  datetime: string;
  model: { name: string; version: string; title: string; sha256: string };
}

export interface ClassArea {
  class: number;
  polygons: number;
  areaSquareMetres: number;
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(path, { signal: signal ?? null, headers: { accept: 'application/json, application/geo+json' } });
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
    throw new Error(problem.detail ?? `${path}: ${answer.status}`);
  }
  return (await answer.json()) as T;
}

const part = encodeURIComponent;

/** Has what was given up tried once more. */
export const replay = (letter: DeadLetter) => post(`dead-letters/${part(letter.id)}/replay`);

/** Has no more work done for a run. */
export const cancel = (acquisition: string, run: string) =>
  post(`acquisitions/${part(acquisition)}/runs/${part(run)}/cancel`);

async function post(path: string) {
  const answer = await fetch(path, { method: 'POST' });
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
    throw new Error(problem.detail ?? `${answer.status}`);
  }
}

export const lineage = (product: string, feature: string | number) => `lineage/${part(product)}/${part(feature)}`;

export const acquisitions = () => get<Acquisition[]>('acquisitions');

export const legend = (acquisition: string, run: string) =>
  get<Legend>(`acquisitions/${part(acquisition)}/runs/${part(run)}/legend`);

export const areas = (product: string) =>
  get<{ classes: ClassArea[] }>(`ogc/collections/${part(product)}/areas`);

export const polygons = (product: string, bbox: number[], limit: number, signal: AbortSignal) =>
  get<GeoJSON.FeatureCollection & { links: { rel: string; href: string }[] }>(
    `ogc/collections/${part(product)}/items?limit=${limit}&bbox=${bbox.map((n) => n.toFixed(6)).join(',')}`,
    signal,
  );

/** What a map says at a place: CoverageJSON of one point. */
export interface Place {
  parameters: Record<string, { observedProperty: { categories?: Category[] } }>;
  ranges: Record<string, { values: (number | null)[] }>;
}

export interface Category {
  id: string;
  label: Record<Language, string>;
  preferredColor: string;
}

export const place = (product: string, lng: number, lat: number, signal: AbortSignal) =>
  get<Place>(`edr/collections/${part(product)}/position?f=covjson&coords=POINT(${lng.toFixed(7)}%20${lat.toFixed(7)})`, signal);

export interface Tileset {
  minzoom: number;
  maxzoom: number;
  bounds: [number, number, number, number];
  vector_layers: { id: string }[];
}

const tilesetOf = (product: string) => `ogc/collections/${part(product)}/tiles/WebMercatorQuad`;

export const tileset = (product: string) => get<Tileset>(`${tilesetOf(product)}?f=tilejson`);

/** @param version changes with the map's files */
export const vectorTiles = (product: string, version: string) =>
  `${new URL(tilesetOf(product), document.baseURI).href}/{z}/{y}/{x}?v=${part(version)}`;

export type Layer = 'image' | 'classes' | 'confidence';

/** @param version changes when there is more to draw, so that nothing stale is shown */
export const tiles = (acquisition: string, run: string, layer: Layer, version: string) =>
  new URL('tiles/', document.baseURI).href +
  `${part(acquisition)}/${part(run)}/${layer}/{z}/{x}/{y}.png?v=${part(version)}`;
