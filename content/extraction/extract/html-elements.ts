/** What browsers do with elements of HTML. */

/** Elements that browsers do not display. */
export const unseen = new Set([
  'script',
  'style',
  'template',
  'head',
  'iframe',
  'object',
  'audio',
  'video',
  'canvas',
  'datalist',
  // How to read the characters before it; in between, it would tear words apart.
  'rt',
  'rp',
  // The source of an equation.
  'annotation',
  'annotation-xml',
]);
/** Elements that browsers display apart from the text around them. */
export const blocks = new Set(
  (
    'address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer form frameset ' +
    'h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav noframes noscript ol optgroup option p pre section select summary table ' +
    'tbody td tfoot th thead tr ul caption legend'
  ).split(' '),
);
