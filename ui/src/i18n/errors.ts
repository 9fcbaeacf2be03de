import type { WireError } from '../generated/types';
import { m } from './index';

/** Every error code that has its own texts: `err_<code>_title` (what happened) and `err_<code>_action` (what to do). */
export const ERROR_CODES = ['internal', 'no_backend', 'cancelled'] as const;

/** What an error says to a person. */
export interface ErrorText {
  title: string;
  action: string;
}

/** The texts of an error in the language in use; a code without texts gets a general one that names it. */
export function errorText(error: WireError): ErrorText {
  const title = message(`err_${error.code}_title`, error.params);
  const action = message(`err_${error.code}_action`, error.params);
  return {
    title: title ?? m.err_unknown_title({ code: error.code }),
    action: action ?? (error.retry === 'later' ? m.err_unknown_action_later() : m.err_unknown_action()),
  };
}

/** A message by a key that is only known while running; null where there is none. */
export function message(key: string, params: Record<string, string> = {}): string | null {
  const texts: Record<string, unknown> = m;
  const text = texts[key];
  if (typeof text !== 'function') return null;
  return String(text(withoutGaps(params)));
}

/** A parameter that did not come is a dash on the screen, never «undefined». */
function withoutGaps(params: Record<string, string>): Record<string, string> {
  return new Proxy(params, { get: (target, name) => (typeof name === 'string' && Object.hasOwn(target, name) ? target[name] : '–') });
}
