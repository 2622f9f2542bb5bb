// SPDX-License-Identifier: Apache-2.0
import type { Acquisition, Category, Place, Run, State } from './api';

export type Language = 'en' | 'fr';

const number = (value: number, digits: number, language: Language) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: 0 }).format(value);

/** Square metres up to a hectare, then hectares, then square kilometres. */
export function area(squareMetres: number, language: Language): string {
  if (squareMetres < 10_000) return `${number(squareMetres, squareMetres < 100 ? 1 : 0, language)} m²`;
  if (squareMetres < 10_000_000) return `${number(squareMetres / 10_000, 2, language)} ha`;
  return `${number(squareMetres / 1_000_000, 2, language)} km²`;
}

export function bytes(count: number, language: Language): string {
  const units = language === 'fr' ? ['o', 'ko', 'Mo', 'Go', 'To'] : ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = count;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${number(value, value < 10 && unit > 0 ? 1 : 0, language)} ${units[unit]}`;
}

export const percent = (share: number, language: Language) =>
  new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: share < 0.01 && share > 0 ? 2 : 1 }).format(
    share,
  );

export const count = (value: number, language: Language) => number(value, 0, language);

export const day = (iso: string, language: Language) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(iso));

export interface Bar {
  stage: 'tile' | 'infer' | 'vectorize' | 'assemble';
  done: number;
  of: number;
  failed: number;
}

/** Share of work per stage. A skipped or failed tile needs no more work from the stages after it. */
export function bars(run: Run): Bar[] {
  const { planned, ready, skipped, predicted, vectorized, failed } = run.tiles;
  const wanted = Math.max(0, planned - skipped);
  return [
    { stage: 'tile', done: Math.min(planned, ready + skipped), of: planned, failed },
    { stage: 'infer', done: Math.min(wanted, predicted), of: wanted, failed },
    { stage: 'vectorize', done: Math.min(wanted, vectorized), of: wanted, failed },
    { stage: 'assemble', done: run.product ? 1 : 0, of: 1, failed: run.state === 'failed' ? 1 : 0 },
  ];
}

export const isFinal = (state: State) => state === 'done' || state === 'failed' || state === 'cancelled';

/** How soon to look again, milliseconds. */
export const pollAfter = (all: Acquisition[]) => (all.some((a) => !isFinal(a.state)) ? 1_500 : 5_000);

/** The run to show first: the newest finished one, else the newest. Runs come newest first. */
export const favourite = (acquisition: Acquisition): Run | undefined =>
  acquisition.runs.find((run) => run.product) ?? acquisition.runs[0];

export interface Chance extends Category {
  share: number;
}

/** The most probable classes at a place, best first; those below a hundredth are left out. */
export function chances(place: Place, most = 5): Chance[] {
  const categories = place.parameters.predicted_class?.observedProperty.categories ?? [];
  return categories
    .map((category) => ({ ...category, share: place.ranges[`probability-${category.id}`]?.values[0] ?? 0 }))
    .filter((chance) => chance.share >= 0.01)
    .sort((a, b) => b.share - a.share)
    .slice(0, most);
}
