import { a1Handlers } from './a1';
import { fileHandlers } from './files';
import { heapHandlers } from './heap';
import { keyHandlers, placeProblem } from './key-desk';
import type { Handlers, Shared } from './shared';
import { tokenHandlers } from './tokens';
import { trustHandlers } from './trust';

/** The commands of the key desk. */
export type KeyDeskCommands = ReturnType<typeof keyHandlers> & ReturnType<typeof tokenHandlers> & ReturnType<typeof a1Handlers> & ReturnType<typeof fileHandlers> & ReturnType<typeof heapHandlers> & ReturnType<typeof trustHandlers> & Partial<Handlers>;

/** The key desk as a way in furnishes it. `partly`: one of its places does not answer. */
export function keyDesk(office: Shared, partly: boolean): KeyDeskCommands {
  return { ...keyHandlers(office, () => (partly ? [placeProblem()] : [])), ...tokenHandlers(office), ...a1Handlers(office), ...fileHandlers(office), ...heapHandlers(office, office.heap), ...trustHandlers(office) };
}
