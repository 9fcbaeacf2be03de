import { describe, expect, it } from 'vitest';
import { candidates, firstPlace, inside, keyed, LEAST, moved, pageOf, resized } from './geometry';
import { pictureUrl } from './stamp.svelte';
import { editable, emptyTemplate, savable } from './template';

const page = { width: 595, height: 842 };
const place = { x: 100, y: 100, width: 200, height: 60 };
const press = (key: string, rest: { shiftKey?: boolean; altKey?: boolean } = {}) => keyed(place, { key, shiftKey: false, altKey: false, ...rest }, page);

describe('the place of a stamp', () => {
  it('moves by a point, with Shift by ten, and changes its size with Alt', () => {
    expect(press('ArrowRight')).toEqual({ ...place, x: 101 });
    expect(press('ArrowUp', { shiftKey: true })).toEqual({ ...place, y: 90 });
    expect(press('ArrowRight', { altKey: true })).toEqual({ ...place, width: 201 });
    expect(press('ArrowUp', { altKey: true, shiftKey: true })).toEqual({ ...place, height: 50 });
    expect(press('Enter')).toBeNull();
  });

  it('never leaves the page, whatever is done to it', () => {
    const wild = [-1e4, -37.4, 0, 3.5, 900, 1e5];
    for (const dx of wild) {
      for (const dy of wild) {
        for (const found of [moved(place, dx, dy, page), resized(place, dx, dy, page), inside({ x: dx, y: dy, width: dx, height: dy }, page)]) {
          expect(found.x).toBeGreaterThanOrEqual(0);
          expect(found.y).toBeGreaterThanOrEqual(0);
          expect(found.x + found.width).toBeLessThanOrEqual(page.width);
          expect(found.y + found.height).toBeLessThanOrEqual(page.height);
          expect(Math.min(found.width, found.height)).toBeGreaterThanOrEqual(LEAST);
        }
      }
    }
  });

  it('keeps its upper left corner while it is resized', () => {
    expect(resized(place, 5000, 5000, page)).toEqual({ x: 100, y: 100, width: 495, height: 742 });
  });

  it('begins at the lower right, and looks for others from the foot of the page up', () => {
    const size = { width: 200, height: 64 };
    expect(firstPlace(size, page)).toEqual({ x: 359, y: 742, ...size });
    const tried = candidates(size, page);
    expect(tried.length).toBeGreaterThan(20);
    expect(tried[0]?.y).toBeGreaterThan(tried.at(-1)?.y ?? Infinity);
    // A stamp that stands somewhere brings its own place along, which must not count.
    expect(candidates(place, page)).toEqual(candidates({ width: place.width, height: place.height }, page));
  });

  it('counts pages from the end too, and stays in the document', () => {
    expect([pageOf(-1, 9), pageOf(-3, 9), pageOf(4, 9), pageOf(12, 9), pageOf(-20, 9)]).toEqual([9, 7, 4, 9, 1]);
  });
});

describe('a template', () => {
  it('that came with the program is copied, not changed', () => {
    const own = { ...emptyTemplate(), id: 'padrao', name: 'Padrão', built_in: true };
    expect(editable(own, (name) => `${name} (cópia)`)).toMatchObject({ id: '', name: 'Padrão (cópia)', built_in: false });
    expect(editable({ ...own, built_in: false }, (name) => name).id).toBe('padrao');
  });

  it('is saved without empty lines at its end and without an empty code', () => {
    expect(savable({ ...emptyTemplate(), name: ' A ', qr: '  ' }, '{titular}  \n\n{data}\n\n')).toMatchObject({ name: 'A', qr: null, lines: ['{titular}', '', '{data}'] });
  });

  it('is shown as an image, in which nothing can act', () => {
    expect(pictureUrl('<svg onload="x()">#</svg>')).toBe('data:image/svg+xml;charset=utf-8,%3Csvg%20onload%3D%22x()%22%3E%23%3C%2Fsvg%3E');
  });
});
