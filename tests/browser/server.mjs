// A plain static file server for dist/: nothing a hosting service would not do.

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/**
 * Serves `folder` under `base`, at a free port of the loopback interface, with some more headers.
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function serve(folder, base = "/", headers = {}) {
  const server = createServer((request, response) => {
    const file = find(folder, base, request.url);
    if (file === null) return response.writeHead(404).end();
    const type = TYPES[extname(file.path)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": file.size, ...headers });
    return createReadStream(file.path).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}${base}`;
  return { url, close: () => { server.closeAllConnections(); server.close(); } };
}

function find(folder, base, target) {
  const { pathname } = new URL(target, "http://localhost");
  if (!pathname.startsWith(base)) return null;
  const name = decodeURIComponent(pathname.slice(base.length)) || "index.html";
  const path = join(folder, normalize(`/${name}`));
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? { path, size: found.size } : null;
}
