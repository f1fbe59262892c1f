import { defineConfig } from "vitest/config";

/** The tests of what holds logic; tests/ui of the project tries whole screens, in a real browser. */
export default defineConfig({
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    server: { deps: { inline: [/@patternfly/] } }, // they import style sheets
    testTimeout: 120_000, // two busy cores
    maxWorkers: 2,
  },
});
