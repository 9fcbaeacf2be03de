/** The instant that a typed day means: `21/11/2014`, `2014-11-21`, each with an hour or without; noon, where there is none. Null where it means none. */
export function parseInstant(typed: string): string | null {
  const text = typed.trim();
  const found = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[\sT]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[\sT]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  const parts = found ? [found[3], found[2], found[1], found[4], found[5], found[6]] : iso ? iso.slice(1) : null;
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 12, minute = 0, second = 0] = parts.map((part) => (part === undefined ? undefined : Number(part)));
  const date = new Date(year, month - 1, day, hour, minute, second);
  // A day that is not in the calendar would silently become another.
  if (date.getFullYear() !== year || date.getMonth() !== month - 1 || date.getDate() !== day || date.getHours() !== hour || minute > 59 || second > 59) return null;
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** An instant as {@link parseInstant} reads it. */
export function typedInstant(instant: string): string {
  const date = new Date(instant);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getDate())}/${two(date.getMonth() + 1)}/${date.getFullYear()} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
