import { describe, expect, it } from 'vitest';
import { PAGES, formatRoute, parseRoute } from './router';

describe('routes', () => {
  it('come back as they went, for every page', () => {
    for (const page of PAGES) {
      const route = { page, params: { document: 'd&1 = ?', q: 'ação' } };
      expect(parseRoute(formatRoute(route))).toEqual(route);
      expect(parseRoute(formatRoute({ page, params: {} }))).toEqual({ page, params: {} });
    }
  });

  it('are none for anything else', () => {
    for (const hash of ['', '#', '#/', '#/painel', '#/sign/extra', '#/__proto__', 'https://example.org']) {
      expect(parseRoute(hash), hash).toBeNull();
    }
  });
});
