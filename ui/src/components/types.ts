import type { Component } from 'svelte';

/** An icon of the one family in use (Lucide). */
export type IconComponent = Component<{ size?: number | string; strokeWidth?: number | string; absoluteStrokeWidth?: boolean }>;

/** How something stands. Each has its own colour, its own icon shape and always a word. */
export type VerdictState = 'ok' | 'warn' | 'bad' | 'unknown' | 'busy' | 'none';
