// What tests share.

import { vi } from 'vitest';

/** How long a test waits for what a busy machine does, milliseconds. */
const PATIENCE = 30_000;

/** Waits until `check` no longer throws. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, PATIENCE);
}
