// The page without a network, and its newer builds: it registers the service worker and says when another build is there.

import { byId } from "./panels/shared/dom.js";

const line = byId("update");
const button = byId("update-now");

/** A build that waits for this page to end. @type {ServiceWorker | null} */
let next = null;

/** @param {ServiceWorkerRegistration} registration */
function tell({ waiting }) {
  // The first build of all waits for nobody.
  if (waiting === null || navigator.serviceWorker.controller === null) return;
  next = waiting;
  line.hidden = false;
}

/** @param {ServiceWorkerRegistration} registration */
function watch(registration) {
  tell(registration);
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", () => tell(registration));
  });
}

/** Keeps the page for times without a network. Where that is impossible (a private window, plain http), the page goes without. */
export async function keep() {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register("offline.js").catch(() => null);
  if (registration !== null) watch(registration);
}

button.addEventListener("click", () => {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  next?.postMessage("take over");
});
