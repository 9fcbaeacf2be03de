import { createReadStream, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { Plugin } from 'vite';

/** What of a package is served as it is, and under which folder of the site. */
export interface Shipment {
  from: string;
  to: string;
}

/** Copies files of installed packages into the build and serves them in development, so that none of them enters the repository. */
export function ship(shipments: Shipment[]): Plugin {
  let root = '';
  return {
    name: 'ship-package-files',
    configResolved(config) {
      root = config.root;
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
        for (const { from, to } of shipments) {
          if (path !== `/${to}` && !path.startsWith(`/${to}/`)) continue;
          const file = join(root, from, path.slice(to.length + 1));
          if (!existsSync(file) || !statSync(file).isFile()) continue;
          response.setHeader('content-type', CONTENT_TYPES[extname(file)] ?? 'application/octet-stream');
          createReadStream(file).pipe(response);
          return;
        }
        next();
      });
    },
    generateBundle() {
      for (const { from, to } of shipments) {
        const source = join(root, from);
        for (const file of filesOf(source)) {
          const inside = relative(source, file).split(sep).join('/');
          this.emitFile({ type: 'asset', fileName: inside === '' ? to : `${to}/${inside}`, source: readFileSync(file) });
        }
      }
    },
  };
}

const CONTENT_TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain',
};

function filesOf(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path).flatMap((name) => filesOf(join(path, name)));
}
