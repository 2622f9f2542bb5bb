// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    sourcemap: false,
    // MapLibre is one large, well-compressing file; splitting it would only add requests
    chunkSizeWarningLimit: 1500,
  },
  server: {
    // `npm run dev` beside a running service
    proxy: Object.fromEntries(
      ['/acquisitions', '/dead-letters', '/tiles', '/ogc', '/stac', '/files', '/nomenclatures'].map((path) => [
        path,
        process.env.SURVOL_CATALOG ?? 'http://localhost:8083',
      ]),
    ),
  },
});
