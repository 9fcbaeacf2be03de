import { afterEach, describe, expect, it, vi } from 'vitest';
import { backend } from '../backend';
import type { ItemState, JobItem, JobSnapshot } from '../generated/types';
import { eventually } from '../testing';
import { jobs } from './jobs.svelte';

const item = (number: number, state: ItemState): JobItem => ({ document: String(number), name: `${number}.pdf`, state, phase: null, error: null, output: null, receipt: null });
const whole = (revision: number, states: ItemState[]): JobSnapshot => ({ id: 'j', status: 'running', items: states.map((state, number) => item(number, state)), revision, waits_for: null, batch: null, per_minute: null, seconds_left: null });
const news = (since: number, revision: number, changed: [number, ItemState][]): JobSnapshot => ({
  ...whole(revision, []),
  items: changed.map(([number, state]) => item(number, state)),
  changes: { since, positions: changed.map(([number]) => number), total: 3, settled: 0 },
});
const states = (): ItemState[] | undefined => jobs.find('j')?.items.map(({ state }) => state);

afterEach(() => {
  jobs.clear();
  vi.restoreAllMocks();
});

describe('reports that tell only what changed', () => {
  it('are put into what is known, in whatever order they come', () => {
    jobs.adopt(news(0, 1, [[0, 'running']]));
    expect(jobs.find('j')).toBeNull();
    jobs.adopt(whole(2, ['running', 'waiting', 'waiting']));
    jobs.adopt(news(1, 4, [[0, 'done'], [2, 'running']]));
    expect(states()).toEqual(['done', 'waiting', 'running']);
    expect(jobs.find('j')?.changes).toBeUndefined();
    // What is older than what is known changes nothing.
    jobs.adopt(news(1, 3, [[0, 'running']]));
    jobs.adopt(whole(3, ['waiting', 'waiting', 'waiting']));
    expect(states()).toEqual(['done', 'waiting', 'running']);
  });

  it('are replaced by the whole where one was missed, which is asked for once', async () => {
    const call = vi.spyOn(backend, 'call').mockResolvedValue(whole(9, ['done', 'done', 'running']));
    jobs.adopt(whole(2, ['running', 'waiting', 'waiting']));
    jobs.adopt(news(5, 6, [[2, 'running']]));
    jobs.adopt(news(6, 7, [[1, 'running']]));
    expect(states()).toEqual(['running', 'waiting', 'waiting']);
    await eventually(() => expect(states()).toEqual(['done', 'done', 'running']));
    expect(call).toHaveBeenCalledExactlyOnceWith('job_get', { id: 'j' });
    jobs.adopt(news(7, 10, [[2, 'done']]));
    expect(states()).toEqual(['done', 'done', 'done']);
  });
});
