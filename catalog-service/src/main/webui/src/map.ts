// SPDX-License-Identifier: Apache-2.0
import maplibregl from 'maplibre-gl';
import type { GeoJSONSource, RasterTileSource } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import * as api from './api';
import { el } from './dom';
import { area, chances, day, percent, type Language } from './format';
import { say } from './words';

export type LayerName = 'image' | 'classes' | 'confidence' | 'polygons';
export const LAYERS: LayerName[] = ['image', 'classes', 'confidence', 'polygons'];
const RASTERS: api.Layer[] = ['image', 'classes', 'confidence'];

/** Layers over the vector tiles. */
const POLYGONS = ['polygons', 'polygons-outline'];
const EMPTY: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };

export interface Shown {
  acquisition: string;
  run: string;
  product?: string;
  /** changes when there is more to draw */
  version: string;
}

export class SurvolMap {
  readonly map: maplibregl.Map;
  private shown: Shown | undefined;
  private asking: AbortController | undefined;
  private popup: maplibregl.Popup | undefined;
  private readonly visible: Record<LayerName, boolean> = { image: true, classes: false, confidence: false, polygons: true };
  private readonly opacity: Record<LayerName, number> = { image: 1, classes: 0.7, confidence: 0.8, polygons: 0.45 };
  private readonly loaded: Promise<void>;
  language: Language = 'en';

  constructor(container: HTMLElement) {
    this.map = new maplibregl.Map({
      container,
      style: { version: 8, sources: {}, layers: [{ id: 'ground', type: 'background', paint: { 'background-color': '#dfe6e2' } }] },
      center: [2.5, 46.6],
      zoom: 4.6,
      maxZoom: 22,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibregl.NavigationControl({ showCompass: false }), 'top-right');
    this.map.addControl(new maplibregl.ScaleControl({ unit: 'metric' }), 'bottom-right');
    this.loaded = new Promise((done) => this.map.once('load', () => done()));
    void this.loaded.then(() => this.prepare());
  }

  private prepare() {
    this.map.addSource('flights', { type: 'geojson', data: EMPTY });
    this.map.addLayer({
      id: 'flights-fill',
      type: 'fill',
      source: 'flights',
      paint: { 'fill-color': '#14514b', 'fill-opacity': 0.12 },
    });
    this.map.addSource('chosen', { type: 'geojson', data: EMPTY });
    this.map.addLayer({
      id: 'polygon-chosen',
      type: 'line',
      source: 'chosen',
      paint: { 'line-color': '#10201d', 'line-width': 3 },
    });
    this.map.addLayer({
      id: 'flights-line',
      type: 'line',
      source: 'flights',
      paint: { 'line-color': '#14514b', 'line-width': 1.5, 'line-dasharray': [3, 2] },
    });
    this.map.on('click', 'polygons', (event) => void this.tell(event));
    this.map.on('mouseenter', 'polygons', () => (this.map.getCanvas().style.cursor = 'pointer'));
    this.map.on('mouseleave', 'polygons', () => (this.map.getCanvas().style.cursor = ''));
  }

  /** Outlines of all flights. */
  async outline(flights: GeoJSON.FeatureCollection) {
    await this.loaded;
    (this.map.getSource('flights') as GeoJSONSource).setData(flights);
  }

  fit(bbox: [number, number, number, number]) {
    const wide = window.innerWidth > 760;
    this.map.fitBounds(bbox, {
      padding: wide ? { left: 400, right: 60, top: 50, bottom: 50 } : { left: 24, right: 24, top: 24, bottom: window.innerHeight * 0.5 },
      duration: 600,
      maxZoom: 18,
    });
  }

  async show(shown: Shown | undefined, bounds?: [number, number, number, number], gsdMetres = 0.2) {
    await this.loaded;
    const before = this.shown;
    const sameRun = before && shown && before.acquisition === shown.acquisition && before.run === shown.run;
    this.shown = shown;
    if (sameRun && before.version === shown.version) return;
    for (const name of RASTERS) {
      if (sameRun) {
        // MapLibre keeps the old picture until the new one is there
        (this.map.getSource(name) as RasterTileSource).setTiles([api.tiles(shown.acquisition, shown.run, name, shown.version)]);
        continue;
      }
      if (this.map.getLayer(name)) this.map.removeLayer(name);
      if (this.map.getSource(name)) this.map.removeSource(name);
      if (!shown) continue;
      this.map.addSource(name, {
        type: 'raster',
        tiles: [api.tiles(shown.acquisition, shown.run, name, shown.version)],
        tileSize: 256,
        minzoom: 9,
        // a tile deeper than the image's own resolution would only repeat pixels
        maxzoom: Math.max(10, Math.min(22, Math.round(Math.log2(111_320 / gsdMetres / 0.711)))),
        ...(bounds ? { bounds } : {}),
      });
      this.map.addLayer(
        {
          id: name,
          type: 'raster',
          source: name,
          layout: { visibility: this.visible[name] ? 'visible' : 'none' },
          paint: { 'raster-opacity': this.opacity[name], 'raster-fade-duration': 150, 'raster-resampling': 'nearest' },
        },
        this.map.getLayer('polygons') ? 'polygons' : 'polygon-chosen',
      );
    }
    if (!sameRun) this.forget();
    await this.showPolygons(shown);
  }

  /** The map's own vector tiles, from the whole country down to one polygon. */
  private async showPolygons(shown: Shown | undefined) {
    if (!shown?.product) {
      this.removePolygons();
      return;
    }
    let tileset: api.Tileset;
    try {
      tileset = await api.tileset(shown.product);
    } catch (error) {
      console.warn(error);
      return;
    }
    if (this.shown !== shown) return;
    this.removePolygons();
    this.map.addSource('polygons', {
      type: 'vector',
      tiles: [api.vectorTiles(shown.product, shown.version)],
      minzoom: tileset.minzoom,
      maxzoom: tileset.maxzoom,
      bounds: tileset.bounds,
    });
    const visibility = this.visible.polygons ? 'visible' : 'none';
    const of = { source: 'polygons', 'source-layer': tileset.vector_layers[0]?.id ?? 'land_cover', layout: { visibility } } as const;
    const colour: maplibregl.ExpressionSpecification = ['coalesce', ['get', 'colour'], '#888888'];
    this.map.addLayer(
      { id: 'polygons', type: 'fill', ...of, paint: { 'fill-color': colour, 'fill-opacity': this.opacity.polygons } },
      'polygon-chosen',
    );
    this.map.addLayer(
      {
        id: 'polygons-outline',
        type: 'line',
        ...of,
        paint: { 'line-color': colour, 'line-width': ['interpolate', ['linear'], ['zoom'], 13, 0, 14, 0.6, 18, 2] },
      },
      'polygon-chosen',
    );
  }

  private removePolygons() {
    for (const id of POLYGONS) {
      if (this.map.getLayer(id)) this.map.removeLayer(id);
    }
    if (this.map.getSource('polygons')) this.map.removeSource('polygons');
  }

  state(name: LayerName) {
    return { visible: this.visible[name], opacity: this.opacity[name] };
  }

  async toggle(name: LayerName, visible: boolean) {
    this.visible[name] = visible;
    await this.loaded;
    const ids = name === 'polygons' ? POLYGONS : [name];
    for (const id of ids) {
      if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', visible ? 'visible' : 'none');
    }
    if (name === 'polygons' && !visible) this.forget();
  }

  async fade(name: LayerName, opacity: number) {
    this.opacity[name] = opacity;
    await this.loaded;
    if (!this.map.getLayer(name)) return;
    this.map.setPaintProperty(name, name === 'polygons' ? 'fill-opacity' : 'raster-opacity', opacity);
  }

  private forget() {
    this.popup?.remove();
    (this.map.getSource('chosen') as GeoJSONSource).setData(EMPTY);
  }

  /** Tiles carry what colours need; the polygon itself says the rest, and its exact outline. */
  private async tell(event: maplibregl.MapLayerMouseEvent) {
    const product = this.shown?.product;
    if (!product) return;
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const { lng, lat } = event.lngLat;
    // the popup does not wait for it, and does without
    const here = api.place(product, lng, lat, asking.signal).catch(() => undefined);
    let feature: GeoJSON.Feature | undefined;
    try {
      feature = (await api.polygons(product, [lng, lat, lng, lat], 1, asking.signal)).features[0];
    } catch (error) {
      if (!asking.signal.aborted) console.warn(error);
    }
    if (!feature || asking.signal.aborted) return;
    const p = feature.properties as Record<string, string | number | undefined>;
    const language = this.language;
    const label = String((language === 'fr' ? p.label_fr : p.label_en) ?? p.code ?? p.class);
    const row = (name: string, value: string | undefined) =>
      value === undefined ? undefined : el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, value));
    const probabilities = el('div', { class: 'chances' });
    const content = el(
      'div',
      { class: 'tell' },
      el('h3', {}, el('span', { class: 'swatch', style: `background:${String(p.colour ?? '#888')}` }), label),
      el(
        'table',
        {},
        row(say('area', language), p.area_m2 === undefined ? undefined : area(Number(p.area_m2), language)),
        row(say('confidence', language), p.confidence === undefined ? undefined : percent(Number(p.confidence), language)),
        row(say('flight', language), p.acquisition === undefined ? undefined : String(p.acquisition)),
        row(say('flown', language), p.datetime === undefined ? undefined : day(String(p.datetime), language)),
        row(say('model', language), p.model === undefined ? undefined : String(p.model)),
      ),
      probabilities,
      feature.id !== undefined &&
        el('a', { href: api.lineage(product, feature.id), target: '_blank', rel: 'noopener' }, say('lineage', language)),
    );
    this.popup?.remove();
    const chosen = this.map.getSource('chosen') as GeoJSONSource;
    chosen.setData(feature);
    this.popup = new maplibregl.Popup({ maxWidth: '300px', focusAfterOpen: false })
      .setLngLat(event.lngLat)
      .setDOMContent(content)
      .addTo(this.map);
    this.popup.on('close', () => chosen.setData(EMPTY));
    const place = await here;
    if (place && !asking.signal.aborted) this.bars(probabilities, place, language);
  }

  /** What the model gave the very pixel, beside what the map says of the polygon. */
  private bars(into: HTMLElement, place: api.Place, language: Language) {
    const found = chances(place);
    if (found.length === 0) return;
    into.replaceChildren(
      el('h4', {}, say('probabilities', language)),
      ...found.map(({ label, preferredColor, share }) =>
        el(
          'div',
          { class: 'chance' },
          el('span', { class: 'name' }, label[language]),
          el('span', { class: 'track' }, el('span', { style: `width:${(share * 100).toFixed(1)}%;background:${preferredColor}` })),
          el('span', { class: 'share' }, percent(share, language)),
        ),
      ),
    );
  }
}
