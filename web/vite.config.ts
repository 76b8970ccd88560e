import { defineConfig } from 'vite';

/** All code is in files with a hash in their names, because the content security policy forbids code in the document. */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    // The component library marks its files for server rendering, which is not used here.
    rolldownOptions: { onLog: (level, log, handle) => log.code === 'MODULE_LEVEL_DIRECTIVE' || handle(level, log) },
  },
});
