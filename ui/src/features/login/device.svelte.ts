import { type Backend, toBackendError } from '../../backend';
import type { DeviceLoginView, WireError } from '../../generated/types';

/** A login in the browser, from its beginning to its end. */
export class DeviceLogin {
  /** `over` is refused or too late: one begins again. */
  stage = $state<'idle' | 'starting' | 'waiting' | 'done' | 'over' | 'failed'>('idle');
  login = $state.raw<DeviceLoginView | null>(null);
  error = $state.raw<WireError | null>(null);
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly backend: Pick<Backend, 'call'>,
    private readonly profile: string,
    private readonly ondone: () => void,
  ) {}

  /** Begins; what was begun before is forgotten. */
  async start(): Promise<void> {
    this.cancel();
    const turn = this.#turn;
    this.stage = 'starting';
    this.error = null;
    this.login = null;
    try {
      const login = await this.backend.call('aws_login_start', { name: this.profile });
      if (turn !== this.#turn) return;
      this.login = login;
      this.#wait(login.interval);
    } catch (thrown) {
      this.#fail(turn, thrown);
    }
  }

  /** Asks on after something went wrong with asking. */
  resume(): void {
    if (this.login === null) void this.start();
    else {
      this.error = null;
      this.#wait(0);
    }
  }

  /** Stops asking. AWS forgets a login that nobody confirms by itself. */
  cancel(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.stage = 'idle';
  }

  /** As often as AWS wants to be asked, and no oftener (RFC 8628 §3.5). */
  #wait(seconds: number): void {
    const turn = this.#turn;
    this.stage = 'waiting';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(turn), seconds * 1000);
  }

  async #poll(turn: number): Promise<void> {
    const login = this.login;
    if (turn !== this.#turn || login === null) return;
    try {
      const { state, interval } = await this.backend.call('aws_login_poll', { profile: this.profile, id: login.id });
      if (turn !== this.#turn) return;
      switch (state) {
        case 'pending':
          return this.#wait(interval ?? login.interval);
        case 'done':
          this.stage = 'done';
          return this.ondone();
        case 'over':
          this.stage = 'over';
          return;
      }
    } catch (thrown) {
      this.#fail(turn, thrown);
    }
  }

  #fail(turn: number, thrown: unknown): void {
    if (turn !== this.#turn) return;
    this.stage = 'failed';
    this.error = toBackendError(thrown).wire;
  }
}
