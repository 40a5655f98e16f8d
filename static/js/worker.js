// The service worker, behind the line that tells what it knows of this release: KNOWN. It keeps
// the one screen that works without coverage, and a page that says that the others do not.
// Nothing of anybody passes through here: what was written waits in IndexedDB, which no release
// touches.
const NAME = `ideloypa-${KNOWN.release}`;
const PATIENCE = 5000; // ms to wait for a page that can be shown without the server as well
const LOGS = new Set(["/besok/logg", "/besok/uten-dekning"]);
const GATEWAY = new Set([502, 503, 504]);

self.addEventListener("install", (event) => {
  event.waitUntil(keep());
  self.skipWaiting();
});

self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== location.origin || request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(open(event, pathname));
  else if (KNOWN.files.includes(pathname + search)) event.respondWith(kept(request));
});

async function keep() {
  const cache = await caches.open(NAME);
  const paths = [KNOWN.shell, KNOWN.elsewhere, ...KNOWN.files];
  // Without the cookie: the pages that are kept are those that anybody gets.
  await cache.addAll(paths.map((path) => new Request(path, { credentials: "omit" })));
}

async function takeOver() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("ideloypa-") && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

const find = async (path) => (await caches.open(NAME)).match(path, { ignoreVary: true });
const kept = async (request) => (await find(request)) ?? fetch(request);

async function open(event, pathname) {
  const asked = ask(event);
  event.waitUntil(asked.catch(() => null));
  if (!LOGS.has(pathname)) {
    return asked.catch(() => find(KNOWN.elsewhere).then((page) => page ?? Response.error()));
  }
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const answer = await Promise.race([asked.catch(() => null), late]);
  if (answer && !GATEWAY.has(answer.status)) return answer;
  return (await find(KNOWN.shell)) ?? asked;
}

const ask = async (event) => (await event.preloadResponse) ?? fetch(event.request);
