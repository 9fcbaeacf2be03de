import type { Component } from 'svelte';

type Loader = () => Promise<{ default: Component<Record<string, unknown>> }>;

const found = import.meta.glob('../features/{certificates,keys,audit,settings}/*.svelte') as Record<string, Loader>;

/** A component that is fetched when it is first needed. */
export function later(path: string): Loader | undefined {
  return found[`../features/${path}`];
}
