const TICK_MS = 15_000;

/** The time of day, as far as the window shows what depends on it: «termina em 9 minutos». */
class Clock {
  now = $state(Date.now());

  /** Keeps time; the answer stops it. */
  follow(): () => void {
    const timer = setInterval(() => (this.now = Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }
}

/** The one clock of the window. */
export const clock = new Clock();
