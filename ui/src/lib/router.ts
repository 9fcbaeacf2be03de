/** The pages of the frame. */
export const PAGES = ['home', 'sign', 'verify', 'extend', 'certificates', 'requests', 'keys', 'rotation', 'audit', 'settings'] as const;

/** Name of a page. */
export type Page = (typeof PAGES)[number];

/** Where the window is: a page and what on it is meant. */
export interface Route {
  page: Page;
  params: Record<string, string>;
}

/** The route that a location hash such as `#/verify?document=d1` means; null where it means none. */
export function parseRoute(hash: string): Route | null {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  if (!isPage(path)) return null;
  return { page: path, params: Object.fromEntries(new URLSearchParams(query)) };
}

/** The location hash of a route. */
export function formatRoute({ page, params }: Route): string {
  const query = new URLSearchParams(params).toString();
  return query === '' ? `#/${page}` : `#/${page}?${query}`;
}

function isPage(name: string): name is Page {
  return (PAGES as readonly string[]).includes(name);
}
