import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/ui/",
  plugins: [react()],
  build: {
    // The content security policy allows no script or style in the page: nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    manifest: true,
    chunkSizeWarningLimit: 700, // kB before gzip; tools/finish.js has the limit that counts
    rolldownOptions: {
      output: {
        // What several parts use is one file: many small ones compress worse.
        codeSplitting: { groups: [{ name: "shared", minShareCount: 2, test: /\.[jt]sx?$/ }] },
      },
    },
  },
});
