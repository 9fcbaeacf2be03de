import type { IdentitySummary, KeySummary } from '../../generated/types';
import type { CommandName, Request, Response } from '../backend';

import type { Recipe } from './certificates';
import type { Channels } from './channel';
import type { Documents } from './documents';
import type { Locks } from './locks';
import type { Requests } from './requests';
import type { Trail } from './trail';

/** How every command is answered. */
export type Handlers = { [C in CommandName]: (request: Request<C>) => Response<C> | Promise<Response<C>> };

/** What the desks of the pretended office have in common. */
export interface Shared {
  readonly documents: Documents;
  readonly channels: Channels;
  readonly trail: Trail;
  readonly locks: Locks;
  readonly requests: Requests;
  /** Every command, for desks that look at what others have. */
  readonly handlers: Handlers;
  /** The keys; a new list takes the place of the old. */
  keys: KeySummary[];
  identities: IdentitySummary[];
  readonly production: boolean;
  /** Without an office: nothing is kept. */
  readonly inspection: boolean;
  /** So many certificates lie on the heap from the beginning. */
  readonly heap: number;
  /** So many documents are in a folder that is opened; the usual few where it is 0. */
  readonly pile: number;
  /** Whether work of an earlier session never ended. */
  readonly interrupted: boolean;
  readonly empty: boolean;
  readonly operator: string;
  /** Keeps a certificate, so that it can be opened. */
  remember(recipe: Recipe): void;
  pause(milliseconds: number): Promise<void>;
}
