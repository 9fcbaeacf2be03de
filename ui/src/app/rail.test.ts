import { describe, expect, it } from 'vitest';
import { firstPage, railFor } from './rail';

describe('rail', () => {
  it('shows a notary everything', () => {
    const pages = railFor(['sign', 'verify', 'inspect', 'issue_certificates', 'manage_keys', 'manage_settings', 'read_trail']).map(({ page }) => page);
    expect(pages).toEqual(['home', 'sign', 'verify', 'certificates', 'keys', 'audit', 'settings']);
  });

  it('leaves out what may not be done', () => {
    expect(railFor(['verify', 'inspect']).map(({ page }) => page)).toEqual(['verify', 'certificates']);
    expect(railFor(['sign', 'verify', 'inspect']).map(({ page }) => page)).toEqual(['home', 'sign', 'verify', 'certificates']);
  });

  it('begins where something can be done', () => {
    expect(firstPage(['verify', 'inspect'])).toBe('verify');
    expect(firstPage(['sign', 'verify'])).toBe('home');
    expect(firstPage([])).toBe('verify');
  });
});
