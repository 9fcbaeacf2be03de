/** Words that are gone sooner were for nobody: most of what is loaded is there at once. */
const PATIENCE = 150;

interface Line {
  id: number;
  words: string;
}

let next = 0;
let lines = $state.raw<Line[]>([]);

/** What the window reads out, newest last; see {@link spoken}. */
export const speech = {
  get lines(): Line[] {
    return lines;
  },
};

/** Without the gaps between its parts a headline would run into its sentence. */
function wordsOf(element: HTMLElement): string {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const parts: string[] = [];
  while (texts.nextNode()) parts.push(texts.currentNode.nodeValue?.trim() ?? '');
  return parts.filter((part) => part !== '').join(' ').replaceAll(/\s+/g, ' ');
}

/**
 * Attachment: what stands in the element is read out when it comes and whenever it changes. A live region of its own would be silent:
 * screen readers read no region that comes together with its words, so the words go through one that was there before.
 */
export function spoken(element: HTMLElement): () => void {
  let own: Line | null = null;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  const withdraw = (): void => {
    lines = lines.filter((line) => line !== own);
    own = null;
  };
  const say = (): void => {
    waiting = undefined;
    const words = wordsOf(element);
    if (words === (own?.words ?? '')) return;
    withdraw();
    if (words === '') return;
    // A line of its own for each: what is only changed in place may be read in part.
    own = { id: (next += 1), words };
    lines = [...lines, own];
  };
  const later = (): void => {
    waiting ??= setTimeout(say, PATIENCE);
  };

  const watch = new MutationObserver(later);
  watch.observe(element, { childList: true, characterData: true, subtree: true });
  later();
  return () => {
    watch.disconnect();
    clearTimeout(waiting);
    withdraw();
  };
}
