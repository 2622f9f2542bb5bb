// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Acquisition, Run } from '../src/api';
import { area, bars, bytes, chances, favourite, percent, pollAfter } from '../src/format';

const run = (over: Partial<Run> = {}): Run => ({
  run: 'r',
  model: 'm',
  state: 'running',
  tiles: { planned: 10, ready: 6, skipped: 2, predicted: 5, vectorized: 4, failed: 1 },
  stages: {},
  startedAt: '2025-01-01T00:00:00Z',
  ...over,
});
const flight = (state: Acquisition['state'], runs: Run[] = []): Acquisition => ({ id: 'a', state, runs, deadLetters: [] });
const product = { id: 'a.r', polygons: 1, areaSquareMetres: 1, missingTiles: 0, files: {} };

describe('area', () => {
  it('changes unit where a reader would', () => {
    expect(area(12.34, 'en')).toBe('12.3 m²');
    expect(area(9_999, 'en')).toBe('9,999 m²');
    expect(area(10_000, 'en')).toBe('1 ha');
    expect(area(12_345_678, 'en')).toBe('12.35 km²');
    expect(area(25_500, 'fr')).toBe('2,55 ha');
  });
});

describe('bytes and percent', () => {
  it('are short', () => {
    expect(bytes(999, 'en')).toBe('999 B');
    expect(bytes(1_500_000, 'fr')).toBe('1,5 Mo');
    expect(percent(0.1234, 'en')).toBe('12.3%');
    expect(percent(0, 'en')).toBe('0%');
  });
});

describe('bars', () => {
  it('do not wait for tiles without image', () => {
    expect(bars(run()).map(({ done, of }) => [done, of])).toEqual([
      [8, 10],
      [5, 8],
      [4, 8],
      [0, 1],
    ]);
  });
  it('are full when the map is there', () => {
    expect(bars(run({ product })).at(-1)).toMatchObject({ done: 1, of: 1 });
  });
});

describe('polling', () => {
  it('is brisk only while something is going on', () => {
    expect(pollAfter([flight('done'), flight('running')])).toBeLessThan(pollAfter([flight('done'), flight('failed')]));
  });
});

describe('favourite', () => {
  it('is the newest run with a map, else the newest', () => {
    const newest = run({ run: 'new' });
    const finished = run({ run: 'old', product });
    expect(favourite(flight('running', [newest, finished]))).toBe(finished);
    expect(favourite(flight('running', [newest]))).toBe(newest);
    expect(favourite(flight('registered'))).toBeUndefined();
  });
});

describe('chances', () => {
  const category = (id: string) => ({ id, label: { en: id, fr: id }, preferredColor: '#123456' });
  const categories = ['building', 'grass', 'water'].map(category);
  const place = (shares: Record<string, number | null>) => ({
    parameters: { predicted_class: { observedProperty: { categories } } },
    ranges: Object.fromEntries(Object.entries(shares).map(([id, share]) => [`probability-${id}`, { values: [share] }])),
  });

  it('are the most probable classes, best first', () => {
    expect(chances(place({ building: 0.3, grass: 0.695, water: 0.005 })).map(({ id }) => id)).toEqual(['grass', 'building']);
    expect(chances(place({ building: 0.3, grass: 0.6, water: 0.1 }), 2)).toHaveLength(2);
  });

  it('are none where nothing is mapped', () => {
    expect(chances(place({ building: null, grass: null, water: null }))).toEqual([]);
    expect(chances({ parameters: {}, ranges: {} })).toEqual([]);
  });
});
