import { backend, toBackendError } from '../../backend';
import type { StampCovers, StampPlacement, StampPreview, StampTemplate, WireError } from '../../generated/types';
import { desk } from '../sign/desk.svelte';
import { A4, candidates, firstPlace, inside, pageOf, type PageSize, type Place } from './geometry';

/** How many places are tried for a free one. */
const TRIES = 40;

/** The visible stamp on the desk: its templates, how it looks, what it covers. */
class Stamp {
  templates = $state<StampTemplate[] | null>(null);
  failure = $state<WireError | null>(null);
  /** The page of the shown document that is on the screen, from 1. */
  screenPage = $state(1);
  pages = $state(1);
  picture = $state<{ url: string; smallest: number } | null>(null);
  pictureFailure = $state<WireError | null>(null);
  covers = $state<StampCovers | null>(null);
  /** Whether a free place was looked for in vain. */
  nowhere = $state(false);
  moving = $state(false);

  #sizes = $state<Record<number, PageSize>>({});
  #pictureRun = 0;
  #coversRun = 0;

  get placement(): StampPlacement | null {
    return desk.profile.stamp;
  }

  /** Whether the chosen field of the document says where the stamp goes. */
  get inField(): boolean {
    return this.placement !== null && desk.profile.field !== null;
  }

  get template(): StampTemplate | null {
    return this.templates?.find(({ id }) => id === this.placement?.template) ?? null;
  }

  /** The page that the stamp is on in the shown document. */
  get page(): number {
    return pageOf(this.placement?.page ?? 1, this.pages);
  }

  get pageSize(): PageSize {
    return this.#sizes[this.page] ?? A4;
  }

  /** Takes the size of a page that is shown. */
  note(page: number, count: number, size: PageSize): void {
    this.pages = count;
    const known = this.#sizes[page];
    if (known?.width !== size.width || known.height !== size.height) this.#sizes = { ...this.#sizes, [page]: size };
  }

  /** Forgets the pages of the document before. */
  otherDocument(): void {
    this.#sizes = {};
    this.covers = null;
    this.nowhere = false;
    this.screenPage = 1;
  }

  async load(): Promise<void> {
    this.failure = null;
    try {
      this.templates = await backend.call('stamp_templates', {});
    } catch (thrown) {
      this.failure = toBackendError(thrown).wire;
    }
  }

  /** Puts a stamp on the page that is on the screen, or takes it away. */
  async turn(on: boolean): Promise<void> {
    if (!on) {
      this.#put(null);
      this.covers = null;
      return;
    }
    if (this.templates === null) await this.load();
    const template = this.templates?.[0];
    if (!template || this.placement) return;
    const page = this.screenPage;
    this.#put({ template: template.id, page, may_cover: false, ...firstPlace(template, this.#sizes[page] ?? A4) });
  }

  /** Another template, with its usual size at the same corner. */
  choose(id: string): void {
    const template = this.templates?.find((each) => each.id === id);
    if (template) this.change({ template: id, ...this.#fitting({ width: template.width, height: template.height }) });
  }

  /** Another place, size or page; what may be covered is asked anew. */
  change(what: Partial<StampPlacement>): void {
    if (!this.placement) return;
    this.nowhere = false;
    this.#put({ ...this.placement, ...what });
  }

  place(place: Place): void {
    this.change(inside(place, this.pageSize));
  }

  /** Asks how it will look; only the newest answer counts. */
  async refreshPicture(reason: string, location: string): Promise<void> {
    const run = ++this.#pictureRun;
    const [template, placement] = [this.template, this.placement];
    if (!template || !placement) {
      this.picture = null;
      return;
    }
    try {
      const preview = await previewOf(template, placement, reason, location);
      if (run !== this.#pictureRun) return;
      this.picture = { url: pictureUrl(preview.svg), smallest: preview.smallest_text };
      this.pictureFailure = null;
    } catch (thrown) {
      if (run !== this.#pictureRun) return;
      this.picture = null;
      this.pictureFailure = toBackendError(thrown).wire;
    }
  }

  /** Asks what it covers on the shown document. */
  async refreshCovers(): Promise<void> {
    const run = ++this.#coversRun;
    const [placement, shown] = [this.placement, desk.current?.document];
    if (!placement || this.inField || shown?.kind !== 'pdf' || desk.problemOf(desk.current)) {
      this.covers = null;
      return;
    }
    try {
      const { template: _, may_cover: __, ...place } = placement;
      const covers = await backend.call('stamp_check', { document: shown.id, ...place });
      if (run === this.#coversRun) this.covers = covers;
    } catch {
      // The preview of the signature says the same with its reason.
      if (run === this.#coversRun) this.covers = null;
    }
  }

  /** Looks for a place on the same page where nothing is covered. */
  async moveFree(): Promise<void> {
    const [placement, shown] = [this.placement, desk.current?.document];
    if (!placement || !shown || this.moving) return;
    this.moving = true;
    this.nowhere = false;
    try {
      for (const place of candidates(placement, this.pageSize).slice(0, TRIES)) {
        const covers = await backend.call('stamp_check', { document: shown.id, page: placement.page, ...place });
        if (isFree(covers)) {
          this.change({ ...place, may_cover: false });
          return;
        }
      }
      this.nowhere = true;
    } catch (thrown) {
      this.failure = toBackendError(thrown).wire;
    } finally {
      this.moving = false;
    }
  }

  #fitting(size: PageSize): Place {
    const { x = 0, y = 0 } = this.placement ?? {};
    return inside({ x, y, ...size }, this.pageSize);
  }

  #put(placement: StampPlacement | null): void {
    desk.profile = { ...desk.profile, stamp: placement };
  }
}

/** Whether nothing is under a stamp. */
export function isFree({ text, fields, picture, unread, outside }: StampCovers): boolean {
  return text === '' && fields.length === 0 && !picture && !unread && !outside;
}

/** A picture as an address for an image element, where nothing in it can act. */
export function pictureUrl(svg: string): string {
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}

/** How a template looks at a size. */
export function previewOf(template: StampTemplate, size: PageSize, reason: string, location: string): Promise<StampPreview> {
  const said = (text: string): string | null => (text.trim() === '' ? null : text.trim());
  return backend.call('stamp_preview', {
    template: $state.snapshot(template),
    identity: desk.identity?.id ?? null,
    reason: said(reason),
    location: said(location),
    width: size.width,
    height: size.height,
  });
}

/** The one stamp of the window. */
export const stamp = new Stamp();
