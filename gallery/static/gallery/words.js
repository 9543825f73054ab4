// Words for people: Django's JavaScript catalogue where the page has loaded it, else as written.

/** Return the translation of `text`. */
export const gettext = (text) => globalThis.gettext?.(text) ?? text;

/** Return the translation of the form that `count` asks for. */
export const ngettext = (one, many, count) =>
  globalThis.ngettext?.(one, many, count) ?? (count === 1 ? one : many);

/**
 * Put values into a translated sentence: `fill(gettext("%(count)s of %(total)s"), { count, total })`.
 * Sentences keep their order of words in every language that way.
 */
export const fill = (sentence, values) =>
  sentence.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));
