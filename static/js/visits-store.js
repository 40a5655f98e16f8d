// What lies on this device, in IndexedDB: the visits that are not sent yet, and what is kept to
// log one without coverage. A release never throws any of it away: whoever changes the shape
// raises VERSION and carries it over.
const VERSION = 1;
const DAY = 24 * 3600 * 1000;
export const KEPT_DAYS = 30;

const channel = new BroadcastChannel("visits");
let opened;
let isLeaving = false; // signed out: nothing is to be kept any more

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("ideloypa", VERSION);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("visits", { keyPath: "nth", autoIncrement: true });
      asked.result.createObjectStore("kept");
    };
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      asked.result.onversionchange = () => {
        asked.result.close();
        opened = null;
      };
      resolve(asked.result);
    };
  });
  opened.catch(() => (opened = null));
  return opened;
}

async function run(store, mode, ask) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const work = database.transaction(store, mode, { durability: "strict" });
    const asked = ask(work.objectStore(store));
    work.oncomplete = () => resolve(asked.result);
    work.onabort = () => reject(work.error);
  });
}

// Every tab of this device learns that the visits are others than they were.
function tell(news = {}) {
  document.dispatchEvent(new CustomEvent("visitschanged", { detail: news }));
  channel.postMessage(news);
}
channel.onmessage = ({ data }) => {
  isLeaving ||= Boolean(data.left);
  document.dispatchEvent(new CustomEvent("visitschanged", { detail: data }));
};

// In the order in which they were saved.
export const listVisits = () => run("visits", "readonly", (store) => store.getAll());

export async function putVisit(visit) {
  await run("visits", "readwrite", (store) => store.put(visit));
  tell();
  channel.postMessage({ saved: visit });
}

export async function removeVisit(nth, news) {
  await run("visits", "readwrite", (store) => store.delete(nth));
  tell(news);
}

export const kept = (name) => run("kept", "readonly", (store) => store.get(name));
export const forget = (name) => run("kept", "readwrite", (store) => store.delete(name));

export async function keep(name, value) {
  if (!isLeaving) await run("kept", "readwrite", (store) => store.put(value, name));
}

// After so many days without contact all that was kept goes. What was written and not sent stays:
// a visit is never lost, and only its writer can see it.
export async function wipeWhenOld() {
  const seen = await kept("seen");
  if (seen && Date.now() - seen > KEPT_DAYS * DAY) {
    await run("kept", "readwrite", (store) => store.clear());
  }
}

// At sign-out, all of this person's goes; what others wrote on the same device stays.
export async function leave(user) {
  isLeaving = true;
  for (const visit of await listVisits()) if (visit.user === user) await removeVisit(visit.nth);
  const names = await run("kept", "readonly", (store) => store.getAllKeys());
  const isOfOthers = (name) => name.startsWith("draft:") && name !== draftOf(user);
  for (const name of names) if (!isOfOthers(name)) await forget(name);
  tell({ left: true });
}

export const draftOf = (user) => `draft:${user}`;

// Who writes here: whoever is signed in on this page, or was when the device had contact.
export async function whoAmI() {
  const { user } = document.body.dataset;
  return user ? { id: Number(user), name: document.body.dataset.userName } : ((await kept("me")) ?? null);
}
