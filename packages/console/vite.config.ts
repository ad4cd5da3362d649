// How the console is bundled: served under /console/, every byte from the same origin, nothing inlined, so that
// the page works under `default-src 'self'`. During development the API is proxied to a running Sentinel.
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const developmentApi = process.env['SENTINEL_DEV_API'] ?? 'http://127.0.0.1:9003';

/** The icon package ships six weights per icon in one module; the console draws only the regular one. */
function regularIconsOnly(): Plugin {
  return {
    name: 'regular-icons-only',
    transform(code, id) {
      if (!id.includes('/@phosphor-icons/react/dist/defs/')) return null;
      const trimmed = code.replace(/^ {2}\[\n {4}"(\w+)",[\s\S]*?^ {2}\],?$/gm, (entry, weight) =>
        weight === 'regular' ? entry : '',
      );
      return { code: trimmed, map: null };
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/console/',
  plugins: [regularIconsOnly(), react(), tailwindcss()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // A data: URI would need a hole in the content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(
      ['/v1', '/auth', '/admin', '/workspaces', '/.well-known', '/health', '/docs'].map((path) => [
        path,
        developmentApi,
      ]),
    ),
  },
});
