// A server between a page and a browser that tells nobody what its console says: it puts a script into
// every page and worker, which tells this server.

import { once } from "node:events";
import { createServer, get } from "node:http";
import { text } from "node:stream/consumers";

const ADDRESS = "/complaints";

/** Runs in pages and workers. @param {string} address */
function listen(address) {
  const tell = (sentence) => { fetch(address, { method: "POST", body: sentence, keepalive: true }); };
  for (const kind of ["error", "warn"]) {
    const before = console[kind];
    console[kind] = (...words) => {
      tell(`console ${kind}: ${words.join(" ")}`);
      before.apply(console, words);
    };
  }
  addEventListener("error", (event) => {
    const { src, href } = event.target;
    tell(event.message ? `uncaught: ${event.message}` : `failed: ${src ?? href}`);
  }, true);
  addEventListener("unhandledrejection", ({ reason }) => tell(`uncaught: ${reason}`));
  addEventListener("securitypolicyviolation", ({ blockedURI }) => tell(`request to ${blockedURI}`));
}

const SCRIPT = `(${listen})("${ADDRESS}");\n`;

/**
 * Serves what the server at `origin` serves, and collects what its pages complain of.
 * @returns {Promise<{ origin: string, complaints: string[], close: () => void }>}
 */
export async function listenTo(origin) {
  const complaints = [];
  const server = createServer(async (request, response) => {
    if (request.url === ADDRESS) {
      complaints.push(await text(request));
      return response.end();
    }
    if (request.url === `${ADDRESS}.js`) {
      return response.writeHead(200, { "content-type": "text/javascript" }).end(SCRIPT);
    }
    const [answer] = await once(get(origin + request.url), "response");
    const { statusCode: status, headers } = answer;
    if (status >= 400) complaints.push(`${status}: ${request.url}`);
    const kind = request.headers["sec-fetch-dest"];
    if (status !== 200 || !["document", "worker"].includes(kind)) {
      response.writeHead(status, headers);
      return answer.pipe(response);
    }
    const whole = await text(answer);
    const changed = kind === "worker" ? SCRIPT + whole : whole.replace("<head>", `$&<script src="${ADDRESS}.js"></script>`);
    return response.writeHead(200, { ...headers, "content-length": Buffer.byteLength(changed) }).end(changed);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => { server.closeAllConnections(); server.close(); };
  return { origin: `http://127.0.0.1:${server.address().port}`, complaints, close };
}
