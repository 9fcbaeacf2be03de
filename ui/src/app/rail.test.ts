import { describe, expect, it } from 'vitest';
import { firstPage, mayOpen, pageName, railFor, railPageOf } from './rail';

describe('rail', () => {
  it('shows a notary everything', () => {
    const pages = railFor(['sign', 'verify', 'inspect', 'issue_certificates', 'manage_keys', 'request', 'approve', 'manage_operators', 'manage_settings', 'read_trail']).map(({ page }) => page);
    expect(pages).toEqual(['home', 'sign', 'verify', 'certificates', 'requests', 'keys', 'audit', 'settings']);
  });

  it('leaves out what may not be done', () => {
    expect(railFor(['verify', 'inspect']).map(({ page }) => page)).toEqual(['verify', 'certificates']);
    expect(railFor(['sign', 'verify', 'inspect', 'request']).map(({ page }) => page)).toEqual(['home', 'sign', 'verify', 'certificates', 'requests']);
    expect(railFor(['sign', 'verify', 'inspect']).map(({ page }) => page)).toEqual(['home', 'sign', 'verify', 'certificates']);
  });

  it('puts key changes under the page that led there', () => {
    expect(mayOpen('rotation', ['sign', 'verify'])).toBe(false);
    expect(mayOpen('rotation', ['approve'])).toBe(true);
    expect(railPageOf('rotation', ['manage_keys', 'request'])).toBe('keys');
    expect(railPageOf('rotation', ['approve'])).toBe('requests');
    expect(railPageOf('sign', ['sign'])).toBe('sign');
    expect(pageName('rotation')).not.toBeNull();
  });

  it('begins where something can be done', () => {
    expect(firstPage(['verify', 'inspect'])).toBe('verify');
    expect(firstPage(['sign', 'verify'])).toBe('home');
    expect(firstPage([])).toBe('verify');
  });
});
