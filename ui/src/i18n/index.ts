export { m } from './paraglide/messages';
export { locale, useLocale } from './locale.svelte';
