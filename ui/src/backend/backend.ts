import type { Commands } from '../generated/commands';
import type { DocumentsDropped, JobSnapshot, WireError } from '../generated/types';

/** Name of a command of the backend. */
export type CommandName = keyof Commands;

/** What a command is asked with. */
export type Request<C extends CommandName> = Commands[C]['request'];

/** What a command answers. */
export type Response<C extends CommandName> = Commands[C]['response'];

/** Whether files are being dragged over the window. */
export interface DragState {
  over: boolean;
}

/** What the backend tells without being asked. */
export interface Events {
  /** A job changed. */
  job: JobSnapshot;
  /** Files were dropped on the window. */
  documents_dropped: DocumentsDropped;
  /** Files entered or left the window. */
  drag: DragState;
}

/** Name of an event. */
export type EventName = keyof Events;

/** The only door between the window and the program. */
export interface Backend {
  /** Runs a command. Rejects with {@link BackendError} and nothing else. */
  call<C extends CommandName>(name: C, request: Request<C>): Promise<Response<C>>;

  /** Listens to an event; the answer stops listening. */
  on<E extends EventName>(event: E, handler: (payload: Events[E]) => void): () => void;
}

/** A command that failed, with the code that the table of error texts knows. */
export class BackendError extends Error {
  override readonly name = 'BackendError';

  constructor(readonly wire: WireError) {
    super(`${wire.code}: ${wire.detail}`);
  }

  /** Whether nothing needs to be said, as for a cancelled dialog. */
  get silent(): boolean {
    return this.wire.severity === 'silent';
  }
}

/** Makes a {@link BackendError} of whatever was thrown: the wire form, or something that never should have come. */
export function toBackendError(thrown: unknown): BackendError {
  if (thrown instanceof BackendError) return thrown;
  if (isWireError(thrown)) return new BackendError(thrown);
  return new BackendError({
    code: 'internal',
    params: {},
    severity: 'error',
    retry: 'never',
    detail: thrown instanceof Error ? thrown.message : String(thrown),
  });
}

function isWireError(value: unknown): value is WireError {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as WireError).code === 'string' &&
    typeof (value as WireError).params === 'object' &&
    typeof (value as WireError).severity === 'string'
  );
}
