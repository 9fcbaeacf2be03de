import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DocumentInfo, IdentitySummary, JobSnapshot, SignPreviewItem, SignRequest } from '../../generated/types';
import { jobs } from '../../lib/jobs.svelte';
import { eventually } from '../../testing';

const call = vi.hoisted(() => vi.fn());
vi.mock('../../backend', async (original) => ({ ...(await original<typeof import('../../backend')>()), backend: { call, on: () => () => undefined } }));

const { desk } = await import('./desk.svelte');
const { simpleProfile } = await import('./profile');
const { unlock } = await import('../unlock/unlock.svelte');

const doc = (id: string): DocumentInfo => ({ id, name: `${id}.pdf`, folder: '/', size: 1, kind: 'pdf', pages: 1, signatures: 0, origin: 'picked', sign_problem: null });
const identity: IdentitySummary = {
  id: 'i1',
  label: 'Tabeliã',
  holder: 'Helena',
  masked_cpf: null,
  issuer: 'AC',
  not_before: '2026-01-01T00:00:00Z',
  not_after: '2027-01-01T00:00:00Z',
  certificate_sha256: 'aa',
  key_ref: 'local:x',
  key_origin: 'local',
  key_spec: 'RSA_2048',
  algorithms: ['RSASSA_PKCS1_V1_5_SHA_256'],
  legal: 'demonstration',
  state: 'ready',
};
const job = (status: JobSnapshot['status'], states: JobSnapshot['items'][number]['state'][]): JobSnapshot => ({
  id: 'j1',
  status,
  items: states.map((state, index) => ({ document: `d${index + 1}`, name: `d${index + 1}.pdf`, state, phase: null, error: null, output: null, receipt: null })),
  waits_for: null,
  batch: null,
  per_minute: null,
  seconds_left: null,
});

beforeEach(async () => {
  desk.clear();
  desk.profile = simpleProfile();
  jobs.clear();
  call.mockReset();
  call.mockImplementation(async (name: string) => {
    if (name === 'identities_list') return [{ ...identity, id: 'old', state: 'expired' }, identity];
    if (name === 'sign_start') return job('running', ['waiting', 'waiting']);
    return {};
  });
  await desk.loadIdentities();
});

describe('desk', () => {
  it('takes the first identity that can sign', () => {
    expect(desk.identityId).toBe('i1');
  });

  it('does not start a batch that nobody looked at, nor the same one twice', async () => {
    desk.add([doc('d1'), doc('d2')]);
    await desk.sign();
    expect(call).not.toHaveBeenCalledWith('sign_start', expect.anything());
    desk.see('d1');
    desk.see('d2');
    await Promise.all([desk.sign(), desk.sign()]);
    await desk.sign();
    expect(call.mock.calls.filter(([name]) => name === 'sign_start')).toHaveLength(1);
  });

  it('says nothing of empty options', () => {
    desk.reason = '  ';
    desk.location = ' São Paulo ';
    expect(desk.request()).toMatchObject({ reason: null, location: 'São Paulo', algorithm: null, output_folder: null });
    desk.reason = '';
    desk.location = '';
  });

  it('is locked while it runs', async () => {
    desk.add([doc('d1')]);
    await desk.sign();
    desk.add([doc('d2')]);
    desk.remove('d1');
    expect(desk.queue.map(({ document }) => document.id)).toEqual(['d1']);
  });

  it('keeps a report that came before the answer', async () => {
    desk.add([doc('d1'), doc('d2')]);
    desk.see('d1');
    desk.see('d2');
    call.mockImplementation(async (name: string) => {
      if (name !== 'sign_start') return {};
      jobs.adopt(job('succeeded', ['done', 'done']));
      return job('running', ['waiting', 'waiting']);
    });
    await desk.sign();
    expect(desk.job?.status).toBe('succeeded');
  });

  it('goes back to what was not signed', async () => {
    desk.add([doc('d1'), doc('d2')]);
    desk.see('d1');
    desk.see('d2');
    await desk.sign();
    jobs.adopt(job('partly', ['done', 'failed']));
    desk.keepUnsigned();
    expect(desk.queue.map(({ document }) => document.id)).toEqual(['d2']);
    expect(desk.job).toBeNull();
  });

  it('keeps what was done with a file that is chosen again as it was, and says which have changed', async () => {
    const { toasts } = await import('../../lib/toasts.svelte');
    toasts.list = [];
    const at = (id: string, name: string, version: string) => ({ ...doc(id), name, version });
    desk.add([at('d1', 'a.pdf', '1.1'), at('d2', 'b.pdf', '1.1')]);
    desk.see('d1');
    desk.see('d2');
    desk.selected = 'd2';
    desk.add([at('d3', 'a.pdf', '1.1'), at('d4', 'b.pdf', '1.2')]);
    expect(desk.queue.map(({ document, seen }) => [document.id, seen])).toEqual([
      ['d1', true],
      ['d4', false],
    ]);
    expect(desk.selected).toBe('d4');
    expect(toasts.list.map(({ text }) => text)).toEqual(['1 documento já estava na fila, igual: fica uma vez só', '1 documento da fila mudou desde que foi escolhido, e precisa ser visto de novo']);
    expect(call.mock.calls.filter(([name]) => name === 'document_forget')).toEqual([['document_forget', { id: 'd3' }]]);
    toasts.list = [];
  });

  it('signs nothing once more after a task that has ended', async () => {
    desk.add([doc('d1')]);
    desk.see('d1');
    await desk.loadIdentities();
    await desk.refreshPreview();
    await desk.sign();
    jobs.adopt(job('succeeded', ['done']));
    expect([desk.running, desk.readiness]).toEqual([false, 'ready']);
    const asked = call.mock.calls.filter(([name]) => name === 'sign_start').length;
    await desk.sign();
    expect(call.mock.calls.filter(([name]) => name === 'sign_start')).toHaveLength(asked);
    expect(asked).toBe(1);
  });

  it('begins a new pile after a finished task', async () => {
    desk.add([doc('d1')]);
    await desk.sign();
    jobs.adopt(job('succeeded', ['done']));
    desk.add([doc('d3')]);
    expect(desk.queue.map(({ document }) => document.id)).toEqual(['d3']);
    expect(desk.selected).toBe('d3');
  });

  describe('what a signature would be', () => {
    const many = (count: number): DocumentInfo[] => Array.from({ length: count }, (_, index) => doc(`d${index + 1}`));
    const asked: string[][] = [];
    let wrong: (document: string, profile: SignRequest['profile']) => string | null = () => null;
    let gate: Promise<void> = Promise.resolve();

    beforeEach(() => {
      desk.profile = simpleProfile();
      asked.length = 0;
      wrong = () => null;
      gate = Promise.resolve();
      call.mockImplementation(async (name: string, request: SignRequest) => {
        if (name === 'sign_start') return job('running', ['waiting']);
        if (name !== 'sign_preview') return {};
        asked.push(request.documents);
        await gate;
        const item = (document: string): SignPreviewItem => {
          const code = wrong(document, request.profile);
          return { document, format: 'pades', level: 'b-b', output_name: `${document}-assinado.pdf`, remarks: [], problem: code === null ? null : { code, params: {}, severity: 'error', retry: 'never', detail: '' } };
        };
        return { legal: 'demonstration', algorithm: 'RSASSA_PSS_SHA_256', items: request.documents.map(item) };
      });
    });

    it('is asked piece by piece, of each document once, the one on the screen first', async () => {
      desk.add(many(70));
      desk.selected = 'd60';
      await desk.refreshPreview();
      expect(asked.map((piece) => piece.length)).toEqual([32, 32, 6]);
      expect(asked[0]?.slice(0, 2)).toEqual(['d60', 'd1']);
      expect(desk.preview?.items.map(({ document }) => document)).toEqual(many(70).map(({ id }) => id));
      desk.add([doc('new')]);
      desk.see('d1');
      desk.location = 'Recife';
      desk.reason = 'R';
      await desk.refreshPreview();
      const before = asked.length;
      desk.reason = 'Registro';
      desk.location = '';
      await desk.refreshPreview();
      expect(asked.length).toBe(before);
      desk.remove('d2');
      await desk.refreshPreview();
      expect([asked.length, desk.preview?.items.length]).toEqual([before, 70]);
      desk.reason = '';
    });

    it('ends with a newer question', async () => {
      let open = (): void => undefined;
      gate = new Promise((done) => (open = done));
      desk.add(many(70));
      const older = desk.refreshPreview();
      desk.profile = { ...simpleProfile(), format: 'cades-detached' };
      const newer = desk.refreshPreview();
      open();
      await Promise.all([older, newer]);
      // One piece of the first, three of the second.
      expect(asked.map((piece) => piece.length)).toEqual([32, 32, 32, 6]);
    });

    it('takes in what is laid on the desk meanwhile, and looking at one changes nothing', async () => {
      let open = (): void => undefined;
      gate = new Promise((done) => (open = done));
      desk.add(many(40));
      const asking = desk.refreshPreview();
      desk.add([doc('late')]);
      desk.see('d1');
      expect(desk.isJudged).toBe(false);
      open();
      expect(await asking).toBe('answered');
      expect(asked.map((piece) => piece.length)).toEqual([32, 9]);
      expect(desk.isJudged).toBe(true);
      const before = desk.queue;
      desk.see('d1');
      expect(desk.queue).toBe(before);
    });

    it('takes nothing for granted once it is in doubt', async () => {
      desk.add([doc('d1')]);
      let open = (): void => undefined;
      gate = new Promise((done) => (open = done));
      const older = desk.refreshPreview();
      desk.doubt();
      open();
      expect(await older).toBe('overtaken');
      expect([desk.preview, desk.isJudged]).toEqual([null, false]);
      await desk.refreshPreview();
      expect(desk.isJudged).toBe(true);
      desk.doubt();
      expect(desk.isJudged).toBe(false);
    });

    it('judges a document for the profile that was chosen', async () => {
      wrong = (document, profile) => (document === 'd1' && profile?.format !== 'cades-detached' ? 'pdf_certified_no_changes' : null);
      desk.add([{ ...doc('d1'), sign_problem: { code: 'pdf_certified_no_changes', params: {}, severity: 'error', retry: 'never', detail: '' } }, doc('d2')]);
      await desk.refreshPreview();
      expect(desk.request().documents).toEqual(['d2']);
      desk.profile = { ...simpleProfile(), format: 'cades-detached' };
      await desk.refreshPreview();
      expect(desk.request().documents).toEqual(['d1', 'd2']);
      expect(desk.problemOf(desk.queue[0]!)).toBeNull();
    });

    it('signs what the button said, and nothing else', async () => {
      wrong = (document, profile) => (document === 'd1' && profile?.field === 'A' ? 'pdf_field_not_found' : null);
      desk.add([doc('d1'), doc('d2')]);
      desk.see('d1');
      desk.see('d2');
      await desk.refreshPreview();
      desk.profile = { ...simpleProfile(), field: 'A' };
      // Before the preview of that has come, the button still says two.
      await desk.sign();
      expect(call).not.toHaveBeenCalledWith('sign_start', expect.anything());
      expect(desk.held).toBe(true);
      await desk.sign();
      expect(desk.held).toBe(false);
      expect(call).toHaveBeenCalledWith('sign_start', expect.objectContaining({ documents: ['d2'] }));
    });

    it('has the order of the queue, also right after a document was moved', async () => {
      desk.add(many(3));
      await desk.refreshPreview();
      desk.move('d3', -1);
      expect(desk.preview?.items.map(({ document }) => document)).toEqual(['d1', 'd3', 'd2']);
      expect([asked.length, desk.isJudged]).toEqual([1, true]);
    });

    it('is asked once more when a password was typed after it failed', async () => {
      gate = Promise.reject(new Error('gone'));
      desk.add([doc('d1')]);
      expect(await desk.refreshPreview()).toBe('failed');
      gate = Promise.resolve();
      desk.renew({ ...doc('d1'), pages: 2 });
      await eventually(() => expect(desk.isJudged).toBe(true));
      expect([asked.length, desk.unanswered]).toEqual([2, false]);
      // Otherwise whoever watches the desk asks.
      desk.renew({ ...doc('d1'), pages: 3 });
      expect([asked.length, desk.isJudged]).toEqual([2, false]);
    });

    it('fails for nobody when another question is asked by then', async () => {
      let fail = (_: Error): void => undefined;
      gate = new Promise((_, failed) => (fail = failed));
      desk.add([doc('d1')]);
      const asking = desk.refreshPreview();
      desk.profile = { ...simpleProfile(), format: 'cades-detached' };
      fail(new Error('gone'));
      expect(await asking).toBe('overtaken');
      expect(desk.unanswered).toBe(false);
    });

    it('is not asked anew when somebody chooses what an error does', async () => {
      desk.add([doc('d1')]);
      await desk.refreshPreview();
      desk.profile = { ...simpleProfile(), on_error: { ...simpleProfile().on_error, document: 'stop' } };
      await desk.refreshPreview();
      expect([asked.length, desk.isJudged]).toEqual([1, true]);
      expect(desk.request().profile?.on_error.document).toBe('stop');
      desk.profile = { ...desk.profile, policy: 'ad-rb' };
      await desk.refreshPreview();
      expect(asked.length).toBe(2);
    });

    it('says which algorithm is usual only where nobody chose one', async () => {
      desk.add([doc('d1')]);
      await desk.refreshPreview();
      expect(desk.usualAlgorithm).toBe('RSASSA_PSS_SHA_256');
      desk.algorithm = 'RSASSA_PKCS1_V1_5_SHA_256';
      expect(desk.usualAlgorithm).toBeNull();
      desk.algorithm = '';
    });
  });

  describe('with a token', () => {
    const token: IdentitySummary = { ...identity, id: 'i2', key_ref: 'pkcs11:x', key_origin: 'token' };
    const locked = { key_ref: 'pkcs11:x', needs: 'pin', name: 'A3', tries: 'full', pin_pad: true };
    const started = () => call.mock.calls.filter(([name]) => name === 'sign_start').length;

    beforeEach(async () => {
      call.mockImplementation(async (name: string) => {
        if (name === 'identities_list') return [token];
        if (name === 'key_unlock_state') return locked;
        if (name === 'key_unlock') return { ...locked, needs: 'nothing' };
        if (name === 'sign_start') return job('running', ['waiting']);
        if (name === 'job_resume') return job('running', ['waiting']);
        return {};
      });
      await desk.loadIdentities();
      desk.chooseIdentity('i2');
      desk.add([doc('d1')]);
    });

    it('asks for the PIN first, and signs with it', async () => {
      const signing = desk.sign();
      await eventually(() => expect(unlock.attempt).not.toBeNull());
      expect(started()).toBe(0);
      expect(desk.running).toBe(true);
      await unlock.submit();
      await signing;
      expect(started()).toBe(1);
      expect(jobs.keyOf('j1')).toBe('pkcs11:x');
    });

    it('signs nothing when the person gives up', async () => {
      const signing = desk.sign();
      await eventually(() => expect(unlock.attempt).not.toBeNull());
      unlock.close();
      await signing;
      expect(started()).toBe(0);
      expect(desk).toMatchObject({ running: false, failure: null });
    });

    it('says why when the token cannot be asked', async () => {
      const { BackendError } = await import('../../backend');
      call.mockImplementation(async () => {
        throw new BackendError({ code: 'token_absent', params: {}, severity: 'error', retry: 'after_action', detail: '' });
      });
      await desk.sign();
      expect(desk.failure?.code).toBe('token_absent');
    });

    it('stays locked while a task waits for a person, and goes on with it', async () => {
      desk.chooseIdentity('i2');
      const signing = desk.sign();
      await eventually(() => expect(unlock.attempt).not.toBeNull());
      await unlock.submit();
      await signing;
      jobs.adopt({ ...job('paused', ['waiting']), waits_for: { code: 'token_pin_required', params: {}, severity: 'error', retry: 'after_action', detail: '' } });
      expect(desk.running).toBe(true);
      desk.add([doc('d9')]);
      expect(desk.queue).toHaveLength(1);
      await jobs.resume('j1');
      expect(desk.job?.status).toBe('running');
      jobs.adopt(job('succeeded', ['done']));
      jobs.adopt(job('paused', ['waiting']));
      expect(desk.job?.status).toBe('succeeded');
    });
  });
});
