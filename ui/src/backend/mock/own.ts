import { a1Handlers } from './a1';
import { batchHandlers } from './batch-desk';
import { fileHandlers } from './files';
import { heapHandlers } from './heap';
import { keyHandlers, placeProblem } from './key-desk';
import type { Shared } from './shared';
import { signDeskHandlers } from './sign-desk';
import { tokenHandlers } from './tokens';
import { trustHandlers } from './trust';

/** The commands of the key desk. */
export type KeyDeskCommands = ReturnType<typeof keyHandlers> & ReturnType<typeof tokenHandlers> & ReturnType<typeof a1Handlers> & ReturnType<typeof fileHandlers> & ReturnType<typeof heapHandlers> & ReturnType<typeof trustHandlers> & ReturnType<typeof signDeskHandlers> & ReturnType<typeof batchHandlers>;

/** The key desk as a way in furnishes it. `partly`: one of its places does not answer. */
export function keyDesk(office: Shared, partly: boolean): KeyDeskCommands {
  return { ...keyHandlers(office, () => (partly ? [placeProblem()] : [])), ...tokenHandlers(office), ...a1Handlers(office), ...fileHandlers(office), ...heapHandlers(office, office.heap), ...trustHandlers(office), ...signDeskHandlers(office), ...batchHandlers(office) };
}
