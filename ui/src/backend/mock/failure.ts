import type { WireError } from '../../generated/types';
import { BackendError } from '../backend';

/** An error in the form in which the backend sends it. */
export function wireError(
  code: string,
  params: Record<string, string> = {},
  rest: Partial<Omit<WireError, 'code' | 'params'>> = {},
): WireError {
  return { code, params, severity: 'error', retry: 'never', detail: `${code} (made by the pretended office)`, ...rest };
}

/** {@link wireError}, to be thrown. */
export function failure(...args: Parameters<typeof wireError>): BackendError {
  return new BackendError(wireError(...args));
}
