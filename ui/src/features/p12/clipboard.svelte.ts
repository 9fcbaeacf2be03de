/** Seconds that a copied secret stays in the clipboard. */
export const KEPT_SECONDS = 30;

/** A secret in the clipboard that leaves it by itself. */
export class SecretClipboard {
  /** Seconds left; null when nothing of ours is there. */
  left = $state<number | null>(null);
  /** What became of the last copy. */
  outcome = $state<'copied' | 'cleared' | 'failed' | null>(null);
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Copies a secret and starts the clock. */
  async copy(secret: string): Promise<void> {
    this.#stop();
    if (!(await write(secret))) {
      this.outcome = 'failed';
      return;
    }
    this.outcome = 'copied';
    this.left = KEPT_SECONDS;
    this.#timer = setInterval(() => {
      this.left = (this.left ?? 1) - 1;
      if (this.left <= 0) void this.clear();
    }, 1000);
  }

  /** Empties the clipboard now, if our secret may still be in it. */
  async clear(): Promise<void> {
    if (this.left === null) return;
    this.#stop();
    // Empty text is refused by some systems; a blank is not.
    this.outcome = (await write(' ')) ? 'cleared' : 'failed';
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.left = null;
  }
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeBySelection(text);
  }
}

/** The old way, for web views that refuse the clipboard interface. */
function writeBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  // Inside an open dialog the focus may not leave it.
  (document.querySelector('[role="dialog"]') ?? document.body).append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
