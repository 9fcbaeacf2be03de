const DAY = 86_400_000;

/** RFC 3339 in UTC without fractions, as the backend writes it; `offset` in days from now. */
export function moment(offset = 0, now = Date.now()): string {
  return new Date(now + offset * DAY).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Waits. */
export function wait(milliseconds: number): Promise<void> {
  return milliseconds <= 0 ? Promise.resolve() : new Promise((done) => setTimeout(done, milliseconds));
}
