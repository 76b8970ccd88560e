/**
 * Fastify names a plugin after the module that exports it, for which it reads all of `require.cache`. Under jest each
 * entry is found through several proxies, so that building the API with its 60 plugins took seconds of CPU, in each
 * test file. A plugin that has a display name is not looked for.
 */
const displayName = Symbol.for('fastify.display-name');

// oxlint-disable-next-line no-extend-native -- fastify reads the name from the function, and plugins are made in many places
Object.defineProperty(Function.prototype, displayName, {
  configurable: true,
  get(this: { readonly name: string }): string {
    return this.name === '' ? 'anonymous' : this.name;
  },
  // Plugins that give themselves a name keep it.
  set(this: object, value: string) {
    Object.defineProperty(this, displayName, { value, configurable: true, writable: true });
  },
});
