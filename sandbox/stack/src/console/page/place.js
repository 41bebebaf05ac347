// The reader's view, in the hash of the page's address: it can be reloaded and shared.

const read = () => new URLSearchParams(location.hash.slice(1));

/** A value of the address, such as `search`; empty if it has none. */
export const place = (name) => read().get(name) ?? "";

/** The address with other values. Those that are empty are left out. */
export function address(values) {
  const all = read();
  for (const [name, value] of Object.entries(values)) {
    if (value === "") all.delete(name); else all.set(name, value);
  }
  return `${location.pathname}#${all}`;
}

/** Goes there without a step in the history, and without scrolling. */
export function go(values) {
  history.replaceState(null, "", address(values));
  dispatchEvent(new Event("hashchange"));
}
