import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ship } from './vite/ship.ts';

const PDFJS = 'node_modules/pdfjs-dist';

export default defineConfig({
  plugins: [
    // Tests compile the messages beforehand (npm test): the plugin's watcher would keep them from ending.
    ...(process.env.VITEST
      ? []
      : [
          paraglideVitePlugin({
            project: './project.inlang',
            outdir: './src/i18n/paraglide',
            strategy: ['globalVariable', 'baseLocale'],
            outputStructure: 'locale-modules',
          }),
        ]),
    svelte(),
    ship([
      { from: `${PDFJS}/cmaps`, to: 'pdfjs/cmaps' },
      { from: `${PDFJS}/standard_fonts`, to: 'pdfjs/standard_fonts' },
      { from: `${PDFJS}/wasm`, to: 'pdfjs/wasm' },
      { from: `${PDFJS}/iccs`, to: 'pdfjs/iccs' },
      { from: `${PDFJS}/LICENSE`, to: 'licenses/pdfjs-dist.txt' },
      { from: 'node_modules/@fontsource-variable/source-sans-3/LICENSE', to: 'licenses/source-sans-3.txt' },
      { from: 'node_modules/@fontsource-variable/source-serif-4/LICENSE', to: 'licenses/source-serif-4.txt' },
      { from: 'node_modules/@fontsource/ibm-plex-mono/LICENSE', to: 'licenses/ibm-plex-mono.txt' },
    ]),
  ],
  resolve: {
    alias: { $ui: fileURLToPath(new URL('./src', import.meta.url)) },
    // Under vitest Svelte would otherwise resolve to its server half.
    ...(process.env.VITEST ? { conditions: ['browser'] } : {}),
  },
  build: {
    target: ['es2022', 'safari16.4'],
    // The CSP allows no data: fonts and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
  },
  server: { port: 5173, strictPort: false },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    // A busy machine is slow, and none of these tests is about speed.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
