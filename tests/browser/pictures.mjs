// node tests/browser/pictures.mjs: makes assets/page.png (the README's) and assets/card.png (what a
// link to the page shows, and what the page shows where it cannot run) from a run of the built page, and from its
// favicon the icons of the installed page, www/icon-192.png and www/icon-512.png.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { atStep, generate, launch, openCalm } from "./browser.mjs";
import { DIST, ROOT } from "./paths.mjs";
import { serve } from "./server.mjs";

const server = await serve(DIST);
const browser = await launch();
const { page, close } = await openCalm({ browser, server });
await generate(page, { seed: 42 });
await atStep(page, "200");
await page.screenshot({ path: join(ROOT, "assets/page.png") });

// The run's 16 frames, two rows of eight, on the size that link previews want.
const card = await page.evaluate(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1200, height: 630 });
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "black";
  context.font = "bold 64px system-ui, sans-serif";
  context.fillText("Diffusion, live", 64, 130);
  context.font = "32px system-ui, sans-serif";
  context.fillText("Pictures out of noise, in your browser", 64, 190);
  context.imageSmoothingEnabled = false;
  document.querySelectorAll("#frames canvas").forEach((frame, at) => {
    const [column, row] = [at % 8, Math.floor(at / 8)];
    context.drawImage(frame, 64 + column * 136, 290 + row * 150, frame.width, frame.height);
  });
  return canvas.toDataURL("image/png").split(",")[1];
});
writeFileSync(join(ROOT, "assets/card.png"), Buffer.from(card, "base64"));
for (const side of [192, 512]) {
  const icon = await browser.newPage({ viewport: { width: side, height: side } });
  await icon.goto(`${server.url}www/favicon.svg`);
  await icon.screenshot({ path: join(ROOT, `www/icon-${side}.png`) });
  await icon.close();
}
await close();
await browser.close();
server.close();
