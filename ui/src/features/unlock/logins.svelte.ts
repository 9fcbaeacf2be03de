/** A login at AWS that a person has to make. */
export interface LoginWanted {
  profile: string;
  method: 'sso' | 'mfa';
}

/** The one login dialog of tasks that wait for one. */
class Logins {
  wanted = $state.raw<LoginWanted | null>(null);

  #answer: ((done: boolean) => void) | null = null;

  /** Opens the dialog; true once the login is done, false when the person gave up. */
  ask(wanted: LoginWanted): Promise<boolean> {
    this.end(false);
    this.wanted = wanted;
    return new Promise((resolve) => (this.#answer = resolve));
  }

  /** The dialog is over. */
  end(done: boolean): void {
    const answer = this.#answer;
    this.#answer = null;
    this.wanted = null;
    answer?.(done);
  }
}

export const logins = new Logins();
