import { backend, toBackendError } from '$ui/backend';
import type { TokenDesk, TokenView, WireError } from '$ui/generated/types';

/** The modules in use and the tokens behind them. */
export class TokenStore {
  desk = $state.raw<TokenDesk | null>(null);
  error = $state.raw<WireError | null>(null);
  loading = $state(false);

  readonly tokens: TokenView[] = $derived(this.desk?.modules.flatMap(({ tokens }) => tokens) ?? []);

  /** Looks at the readers again. */
  async load(): Promise<void> {
    await this.run(() => backend.call('tokens_list', {}));
  }

  /** Runs a command that answers with all there is; false where it failed or the person gave up. */
  async run(command: () => Promise<TokenDesk>): Promise<boolean> {
    this.loading = true;
    this.error = null;
    try {
      this.desk = await command();
      return true;
    } catch (thrown) {
      const { wire, silent } = toBackendError(thrown);
      if (!silent) this.error = wire;
      return false;
    } finally {
      this.loading = false;
    }
  }

  /** Takes what a command answered about one token. */
  adopt(token: TokenView): void {
    if (this.desk === null) return;
    this.desk = { ...this.desk, modules: this.desk.modules.map((module) => ({ ...module, tokens: module.tokens.map((each) => (each.id === token.id ? token : each)) })) };
  }
}
