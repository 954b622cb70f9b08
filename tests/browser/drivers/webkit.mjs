// WebKitGTK, whose engine is Safari's: its MiniBrowser on a screen in memory, through the W3C's WebDriver protocol.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dropByScript, onPath } from "./driver.mjs";
import { listenTo } from "./listener.mjs";
import { resident } from "./processes.mjs";

/** The name by which the protocol calls a reference to an element. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** Starts a program of these packages, and ends it with this process. */
function start(name, args, options) {
  const path = onPath([name]);
  if (path === undefined) throw new Error(`no ${name}: apt install webkit2gtk-driver xvfb`);
  const child = spawn(path, args, options);
  const end = () => child.kill();
  process.once("exit", end);
  return { child, end: () => { process.off("exit", end); end(); } };
}

/** The first words that a program writes to `stream` that satisfy `pattern`. */
async function announced(stream, pattern) {
  let all = "";
  for await (const part of stream.iterator({ destroyOnReturn: false })) {
    all += part;
    const found = pattern.exec(all);
    if (found !== null) return found[1];
  }
  throw new Error(`waiting for ${pattern}, it ended: ${all}`);
}

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Calls of the protocol at `url`. */
function client(url) {
  return async (method, path, body) => {
    const response = await fetch(url + path, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  };
}

/** Waits until the driver answers. */
async function answers(call) {
  for (let tries = 100; ; tries -= 1) {
    try {
      return await call("GET", "/status");
    } catch (error) {
      if (tries === 0) throw error;
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
  }
}

/** @type {import("./driver.mjs").Driver} */
export const driver = {
  name: "WebKit",

  async launch({ dark = false, calm = false } = {}) {
    const screen = start("Xvfb", ["-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const display = await announced(screen.child.stdout, /^(\d+)\n/);
    const port = await freePort();
    const environment = {
      ...process.env,
      DISPLAY: `:${display}`,
      GDK_BACKEND: "x11",
      GTK_THEME: dark ? "Adwaita:dark" : "Adwaita",
      // Its sandbox needs rights that a container does not give; it sees the page under test alone.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    };
    const service = start("WebKitWebDriver", [`--port=${port}`], { env: environment, stdio: "ignore" });
    const call = client(`http://127.0.0.1:${port}`);
    await answers(call);
    const session = `/session/${(await call("POST", "/session", { capabilities: {} })).sessionId}`;
    const at = (method, path, body) => call(method, session + path, body);
    await at("POST", "/timeouts", { script: 120_000 });
    const find = async (selector) => (await at("POST", "/element", { using: "css selector", value: selector }))[ELEMENT];

    const click = async (selector) => { await at("POST", `/element/${await find(selector)}/click`, {}); };
    const evaluate = async (what, ...args) => {
      const script = `const done = arguments[arguments.length - 1];
        const args = JSON.parse(arguments[0]);
        (async () => (${what})(...args))().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
      const { value, error } = await at("POST", "/execute/async", { script, args: [JSON.stringify(args)] });
      if (error !== undefined) throw new Error(error);
      return value;
    };

    const first = await at("GET", "/window");
    /** Runs `once` again until it returns something. */
    const patiently = async (once, complaint) => {
      for (let tries = 100; ; tries -= 1) {
        const found = await once();
        if (found) return found;
        if (tries === 0) throw new Error(complaint);
        await new Promise((resolve) => { setTimeout(resolve, 50); });
      }
    };
    /** A window without bars, which may be as small as a phone's screen. It opens at a click. The page is loaded when
        the window is on the screen: in one that is hidden it would begin nothing by itself. */
    const open = async (url, { width, height }) => {
      await at("POST", "/window", { handle: first });
      await at("POST", "/url", { url: "data:text/html,<button>open</button>" });
      await evaluate((features) => {
        document.querySelector("button").onclick = () => { window.open("about:blank", "_blank", features); };
      }, `popup,width=${width},height=${height}`);
      await click("button");
      const handle = await patiently(async () => (
        (await at("GET", "/window/handles")).find((one) => !known.has(one))), "no window opened");
      known.add(handle);
      await at("POST", "/window", { handle });
      await patiently(() => evaluate(() => !document.hidden), "the window stayed hidden");
      await at("POST", "/url", { url });
      return handle;
    };
    const known = new Set([first]);
    const listeners = [];
    return {
      async open(url, { width, height }) {
        const { origin, pathname, search } = new URL(url);
        const listener = await listenTo(origin);
        listeners.push(listener);
        const popup = await open(listener.origin + pathname + search, { width, height });
        return {
          complaints: listener.complaints,
          evaluate,
          click,
          choose: async (selector, path) => { await at("POST", `/element/${await find(selector)}/value`, { text: path }); },
          drop: (path) => dropByScript(evaluate, path),
          memory: async () => resident("WebKitWebProcess"),
          screenshot: async (path) => writeFileSync(path, Buffer.from(await at("GET", "/screenshot"), "base64")),
          async close() {
            if (popup === await at("GET", "/window")) await at("DELETE", "/window");
            await at("POST", "/window", { handle: first });
          },
        };
      },
      async close() {
        await at("DELETE", "").catch(() => {});
        for (const listener of listeners) listener.close();
        service.end();
        screen.end();
      },
    };
  },
};
