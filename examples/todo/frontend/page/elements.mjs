// Helpers for elements of the page.

/** Returns the element with `id`, which the page has. */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Calls `change`, which replaces list items, and keeps the focus on the element of the same `data-key`. If that one is
 * gone, the focus goes to the next item, or to the previous one, or to `fallback`.
 */
export function replaceKeepingFocus(change, fallback) {
  const focused = document.activeElement;
  const item = focused?.closest("li");
  const neighbours = [item?.nextElementSibling, item?.previousElementSibling];
  const keys = [focused, ...neighbours.map((neighbour) => neighbour?.querySelector("button"))].map(readKey);
  change();
  if (keys[0] !== undefined) {
    (keys.filter(Boolean).map(findByKey).find(Boolean) ?? fallback).focus();
  }
}

function readKey(element) {
  return element?.dataset.key;
}

function findByKey(key) {
  return document.querySelector(`[data-key="${CSS.escape(key)}"]`);
}
