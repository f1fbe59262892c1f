import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach } from "vitest";
import { chooseLanguage, startLanguage } from "../src/i18n";

configure({ asyncUtilTimeout: 60_000 }); // two busy cores
startLanguage();
beforeEach(() => chooseLanguage("en"));
afterEach(cleanup);

declare global {
  interface Window {
    happyDOM: { setURL(url: string): void };
  }
}
