import { formatRoute, parseRoute, type Page, type Route } from './router';

class Navigation {
  /** Where the window is. */
  route = $state<Route>({ page: 'home', params: {} });

  /** Goes to a page. */
  go(page: Page, params: Record<string, string> = {}): void {
    this.route = { page, params };
    const hash = formatRoute(this.route);
    if (window.location.hash !== hash) window.location.hash = hash;
  }

  /** Follows the address; the answer stops following. */
  follow(): () => void {
    const read = (): void => {
      const route = parseRoute(window.location.hash);
      if (route && formatRoute(route) !== formatRoute(this.route)) this.route = route;
    };
    read();
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }
}

/** The one router of the window. */
export const navigation = new Navigation();
