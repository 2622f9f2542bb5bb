// SPDX-License-Identifier: Apache-2.0
import * as api from './api';
import type { Acquisition, ClassArea, Legend, Run } from './api';
import { el } from './dom';
import { area, bars, bytes, count, day, favourite, isFinal, percent, pollAfter, type Language } from './format';
import { LAYERS, SurvolMap, type LayerName } from './map';
import { preferred, say, type Word } from './words';
import './style.css';

const panel = document.getElementById('panel')!;
const map = new SurvolMap(document.getElementById('map')!);

let language: Language = preferred();
let flights: Acquisition[] | undefined;
let reachable = true;
let chosen: { acquisition: string; run?: string } | undefined = fromHash();
let legend: Legend | undefined;
let legendOf = '';
let areas: ClassArea[] | undefined;
let areasOf = '';
let drawn = '';
let fittedTo = '';
let outlinesOf = '';

const word = (name: Word) => say(name, language);

function fromHash() {
  const [acquisition, run] = location.hash.slice(1).split('/').map(decodeURIComponent);
  return acquisition ? { acquisition, ...(run ? { run } : {}) } : undefined;
}

function choose(acquisition: string, run?: string) {
  chosen = { acquisition, ...(run ? { run } : {}) };
  history.replaceState(null, '', `#${[acquisition, run ?? ''].filter(Boolean).map(encodeURIComponent).join('/')}`);
  fittedTo = '';
  void refresh();
}

function current(): { flight: Acquisition; run: Run | undefined } | undefined {
  const flight = flights?.find((a) => a.id === chosen?.acquisition) ?? flights?.find((a) => favourite(a)) ?? flights?.[0];
  if (!flight) return undefined;
  return { flight, run: flight.runs.find((r) => r.run === chosen?.run) ?? favourite(flight) };
}

async function look() {
  try {
    flights = await api.acquisitions();
    reachable = true;
  } catch (error) {
    console.warn(error);
    reachable = false;
  }
  await refresh();
  window.setTimeout(() => void look(), pollAfter(flights ?? []));
}

async function refresh() {
  const now = current();
  const run = now?.run;
  const key = run ? `${now.flight.id}/${run.run}` : '';
  if (run && run.tiles.planned > 0 && legendOf !== key) {
    try {
      legend = await api.legend(now.flight.id, run.run);
      legendOf = key;
    } catch (error) {
      console.warn(error);
    }
  }
  if (!run) {
    legend = undefined;
    legendOf = '';
  }
  const product = run?.product;
  if (product && areasOf !== product.files.fgb?.sha256) {
    areasOf = product.files.fgb?.sha256 ?? '';
    areas = await api.areas(product.id).then((found) => found.classes, () => undefined);
  } else if (!product) {
    areas = undefined;
    areasOf = '';
  }
  await outlines();
  draw();
  map.language = language;
  if (run && legend && legendOf === key) {
    const version = `${run.tiles.ready}.${run.tiles.predicted}.${product?.files.fgb?.sha256.slice(0, 8) ?? ''}`;
    await map.show(
      { acquisition: now.flight.id, run: run.run, version, ...(product ? { product: product.id } : {}) },
      legend.bbox,
      legend.gsdMetres,
    );
    if (fittedTo !== key) {
      fittedTo = key;
      map.fit(legend.bbox);
    }
  } else {
    await map.show(undefined);
  }
}

/** Dashed outlines of every flight, as delivered. */
async function outlines() {
  const ids = (flights ?? []).map((a) => a.id).join('\n');
  if (ids === outlinesOf) return;
  outlinesOf = ids;
  try {
    const answer = await fetch('stac/collections/acquisitions/items?limit=500');
    if (answer.ok) await map.outline((await answer.json()) as GeoJSON.FeatureCollection);
  } catch (error) {
    console.warn(error);
  }
}

function draw() {
  const content = [head(), ...body()];
  // redrawing under the pointer would steal focus and drags: only when something changed
  const text = JSON.stringify([language, reachable, flights, current()?.run?.run, legendOf, areas]);
  if (text === drawn) return;
  drawn = text;
  const focused = (document.activeElement as HTMLElement | null)?.dataset.key;
  const scrolled = panel.scrollTop;
  panel.replaceChildren(...content);
  panel.scrollTop = scrolled;
  if (focused) panel.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  document.documentElement.lang = language;
}

function head() {
  const other: Language = language === 'en' ? 'fr' : 'en';
  return el(
    'header',
    {},
    el('img', { src: './favicon.svg', alt: '', width: 34, height: 34 }),
    el('div', {}, el('h1', {}, 'Survol'), el('p', {}, word('tagline'))),
    el(
      'button',
      {
        class: 'language',
        'data-key': 'language',
        lang: other,
        click: () => {
          language = other;
          localStorage.setItem('survol-language', other);
          void refresh();
        },
      },
      other.toUpperCase(),
    ),
  );
}

function body(): HTMLElement[] {
  if (!reachable && !flights) return [el('p', { class: 'notice' }, word('unreachable'))];
  if (!flights) return [];
  if (flights.length === 0) return [empty()];
  const now = current();
  return [
    ...(reachable ? [] : [el('p', { class: 'notice' }, word('unreachable'))]),
    el('section', {}, el('h2', {}, word('flights')), el('ul', { class: 'flights' }, ...flights.map(card))),
    ...(now ? details(now.flight, now.run) : []),
  ];
}

function empty() {
  return el(
    'section',
    { class: 'empty' },
    el('h2', {}, word('emptyTitle')),
    el('p', {}, word('emptyText')),
    el('p', { class: 'label' }, word('emptySample')),
    el('pre', {}, el('code', {}, './survol demo')),
    el('p', { class: 'label' }, word('emptyOwn')),
    el('pre', {}, el('code', {}, './survol submit --wait image.tif')),
  );
}

function card(flight: Acquisition) {
  const selected = current()?.flight.id === flight.id;
  const run = selected ? current()?.run : flight.runs[0];
  const busy = run && !isFinal(run.state);
  return el(
    'li',
    { class: selected ? 'selected' : '' },
    el(
      'button',
      { class: 'flight', 'data-key': `flight ${flight.id}`, 'aria-pressed': String(selected), click: () => choose(flight.id) },
      el('span', { class: 'name' }, flight.id),
      el('span', { class: `state ${flight.state}` }, word(flight.state)),
      el(
        'span',
        { class: 'about' },
        [flight.model, run?.product && `${count(run.product.polygons, language)} ${word('polygons').toLowerCase()}`]
          .filter(Boolean)
          .join(' · '),
      ),
    ),
    busy ? el('div', { class: 'bars' }, ...bars(run).map((bar) => progress(bar)), stop(flight, run)) : undefined,
  );
}

function progress(bar: ReturnType<typeof bars>[number]) {
  const share = bar.of > 0 ? bar.done / bar.of : 0;
  return el(
    'div',
    { class: 'bar' },
    el('span', {}, word(bar.stage)),
    el(
      'div',
      {
        class: 'track',
        role: 'progressbar',
        'aria-label': word(bar.stage),
        'aria-valuemin': 0,
        'aria-valuemax': bar.of,
        'aria-valuenow': bar.done,
      },
      el('div', { class: share >= 1 ? 'fill full' : 'fill', style: `width:${(share * 100).toFixed(1)}%` }),
    ),
    el('span', { class: 'figure' }, bar.stage === 'assemble' ? '' : `${count(bar.done, language)}/${count(bar.of, language)}`),
  );
}

function details(flight: Acquisition, run: Run | undefined): HTMLElement[] {
  const sections: HTMLElement[] = [];
  if (run && flight.runs.length > 1) sections.push(runChoice(flight, run));
  if (run && legend) sections.push(layers(run), key(run));
  if (run?.product) sections.push(downloads(flight, run));
  if (flight.deadLetters.length > 0) sections.push(problems(flight));
  return sections;
}

function runChoice(flight: Acquisition, run: Run) {
  const select = el('select', {
    'data-key': 'run',
    'aria-label': word('run'),
    change: (event) => choose(flight.id, (event.target as HTMLSelectElement).value),
  });
  for (const each of flight.runs) {
    select.append(
      el('option', { value: each.run, selected: each.run === run.run }, `${each.model} · ${day(each.startedAt, language)} · ${word(each.state)}`),
    );
  }
  return el('section', {}, el('h2', {}, word('run')), select);
}

function layers(run: Run) {
  const row = (name: LayerName) => {
    const { visible, opacity } = map.state(name);
    const slider = el('input', {
      type: 'range',
      min: 0,
      max: 1,
      step: 0.05,
      value: opacity,
      'data-key': `opacity ${name}`,
      'aria-label': `${word('opacity')} ${word(name)}`,
      input: (event) => void map.fade(name, Number((event.target as HTMLInputElement).value)),
    });
    return el(
      'li',
      {},
      el(
        'label',
        {},
        el('input', {
          type: 'checkbox',
          checked: visible,
          'data-key': `layer ${name}`,
          change: (event) => void map.toggle(name, (event.target as HTMLInputElement).checked),
        }),
        word(name),
      ),
      slider,
    );
  };
  const names = LAYERS.filter((name) => name !== 'polygons' || run.product);
  return el('section', {}, el('h2', {}, word('layers')), el('ul', { class: 'layers' }, ...names.map(row)));
}

function key(run: Run) {
  const total = areas?.reduce((sum, each) => sum + each.areaSquareMetres, 0) ?? 0;
  const found = new Map(areas?.map((each) => [each.class, each.areaSquareMetres]));
  const classes = [...(legend?.nomenclature.classes ?? [])]
    .filter((each) => !areas || found.has(each.value))
    .sort((a, b) => (found.get(b.value) ?? 0) - (found.get(a.value) ?? 0));
  return el(
    'section',
    {},
    el('h2', {}, word('legend'), total > 0 && el('span', { class: 'total' }, area(total, language))),
    el(
      'ul',
      { class: 'legend' },
      ...classes.map((each) => {
        const squareMetres = found.get(each.value);
        return el(
          'li',
          {},
          el('span', { class: 'swatch', style: `background:${each.colour}` }),
          el('span', { class: 'label' }, language === 'fr' ? each.labelFr : each.labelEn),
          squareMetres !== undefined && el('span', { class: 'figure', title: area(squareMetres, language) }, percent(squareMetres / total, language)),
          squareMetres !== undefined && el('span', { class: 'figure wide' }, area(squareMetres, language)),
        );
      }),
    ),
    el(
      'div',
      { class: 'ramp', 'aria-label': word('confidence') },
      el('span', {}, `${word('confidence')}: ${word('unsure')}`),
      el('span', { class: 'gradient' }),
      el('span', {}, word('sure')),
    ),
    run.product && run.product.missingTiles > 0
      ? el('p', { class: 'notice' }, `${word('missing')}: ${count(run.product.missingTiles, language)}`)
      : undefined,
  );
}

const FORMATS: Record<string, string> = { gpkg: 'GeoPackage', fgb: 'FlatGeobuf', parquet: 'GeoParquet', pmtiles: 'PMTiles' };

function downloads(flight: Acquisition, run: Run) {
  const product = run.product!;
  const files = Object.entries(product.files).sort(([a], [b]) => b.localeCompare(a));
  return el(
    'section',
    {},
    el('h2', {}, word('downloads')),
    el(
      'div',
      { class: 'downloads' },
      ...files.map(([format, file]) =>
        el(
          'a',
          { href: `files/${file.key.split('/').map(encodeURIComponent).join('/')}`, download: '', title: `SHA-256 ${file.sha256}` },
          el('b', {}, FORMATS[format] ?? format),
          el('span', {}, bytes(file.bytes, language)),
        ),
      ),
    ),
    el(
      'p',
      { class: 'links' },
      el('a', { href: `ogc/collections/${encodeURIComponent(product.id)}/items?limit=100` }, word('features')),
      ' · ',
      el('a', { href: `stac/collections/products/items/${encodeURIComponent(product.id)}` }, word('catalogue')),
      ' · ',
      el('a', { href: `acquisitions/${encodeURIComponent(flight.id)}` }, 'JSON'),
    ),
  );
}

function problems(flight: Acquisition) {
  return el(
    'section',
    {},
    el('h2', {}, word('problems'), el('span', { class: 'total' }, count(flight.deadLetters.length, language))),
    el(
      'ul',
      { class: 'problems' },
      ...flight.deadLetters.slice(0, 20).map((letter) =>
        el(
          'li',
          {},
          el('b', {}, letter.file.split('/').pop() ?? letter.file),
          el('p', {}, letter.reason, letter.tile ? ` (${letter.tile})` : ''),
          el('p', { class: 'mend' }, `${word('mend')}: ${letter.mend}`),
          letter.replay !== undefined && again(letter),
        ),
      ),
    ),
  );
}

/** For whoever has done what there was to do. */
const again = (letter: api.DeadLetter) => order(`again ${letter.id}`, 'again', 'againTold', () => api.replay(letter));

const stop = (flight: Acquisition, run: Run) =>
  run.cancel !== undefined &&
  order(`cancel ${run.run}`, 'cancel', 'cancelTold', () => api.cancel(flight.id, run.run), 'cancelSure');

/** A button that says what became of the order. */
function order(name: string, label: Word, told: Word, give: () => Promise<void>, question?: Word) {
  const button = el('button', { class: `order ${label}`, 'data-key': name }, word(label));
  button.addEventListener('click', () => {
    if (question && !confirm(word(question))) return;
    button.disabled = true;
    give().then(
      () => (button.textContent = word(told)),
      (error: unknown) => {
        button.disabled = false;
        button.textContent = `${word(label)}: ${error instanceof Error ? error.message : String(error)}`;
      },
    );
  });
  return button;
}

window.addEventListener('hashchange', () => {
  chosen = fromHash();
  fittedTo = '';
  void refresh();
});
void look();
