// Which uploads broke off, in localStorage, so that they can go on after a reload.

const PREFIX = "gallery-upload:";
const inUse = new Set();

/**
 * What is known of an earlier upload of a file: `key` it was begun with, `fields` that were sent,
 * `id` and `expires` as soon as the server gave them.
 */
export class Memory {
  constructor(file, endpoint, isWanted) {
    const { name, size, lastModified } = file;
    this.name = PREFIX + JSON.stringify([endpoint.href, name, size, lastModified]);
    // The same file twice at once is two images: the second has nothing to do with the first.
    this.isOn = isWanted && !inUse.has(this.name);
    if (this.isOn) inUse.add(this.name);
  }

  read() {
    return this.isOn ? attempt(() => JSON.parse(localStorage.getItem(this.name))) : null;
  }

  write(known) {
    if (!this.isOn) return;
    attempt(() => {
      forgetExpired();
      localStorage.setItem(this.name, JSON.stringify({ ...known, at: Date.now() }));
    });
  }

  forget() {
    if (this.isOn) attempt(() => localStorage.removeItem(this.name));
  }

  /** Let others use it. */
  close() {
    if (this.isOn) inUse.delete(this.name);
    this.isOn = false;
  }
}

/** Forget files that nobody tried again while the server would have known them. */
function forgetExpired() {
  const day = 24 * 3600 * 1000;
  for (const name of Object.keys(localStorage).filter((each) => each.startsWith(PREFIX))) {
    const { expires, at } = JSON.parse(localStorage.getItem(name));
    if (Date.now() > (expires ? Date.parse(expires) : at + day)) localStorage.removeItem(name);
  }
}

/** Do without where the browser allows no storage, or it is full. */
function attempt(action) {
  try {
    return action() ?? null;
  } catch {
    return null;
  }
}
