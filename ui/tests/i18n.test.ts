import i18next from "i18next";
import { describe, expect, test } from "vitest";
import { bytes, chooseLanguage, duration, mebibytes, rolesOf } from "../src/i18n";
import { de } from "../src/i18n/de";
import { en } from "../src/i18n/en";

type Texts = { [key: string]: string | Texts };

/** Every text by its key. */
function flat(texts: Texts, above = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [[above + key, value]] : flat(value, `${above}${key}.`),
  );
}

const blanks = (text: string) => [...text.matchAll(/{{.*?}}/g)].map(String).sort();

describe("texts", () => {
  const german = new Map(flat(de));

  test("are all there in German, and not left in English", () => {
    const english = flat(en);
    expect([...german.keys()].sort()).toEqual(english.map(([key]) => key).sort());
    const sentences = english.filter(([, text]) => text.split(" ").length > 3);
    expect(sentences.filter(([key, text]) => german.get(key) === text)).toEqual([]);
  });

  test("have the same blanks in both languages", () => {
    const differ = flat(en).filter(
      ([key, text]) => String(blanks(text)) !== String(blanks(german.get(key) ?? "")),
    );
    expect(differ).toEqual([]);
  });

  test("change with the language, and the page says which it is", () => {
    expect(i18next.t("common.cancel")).toBe("Cancel");
    chooseLanguage("de");
    expect(i18next.t("common.cancel")).toBe("Abbrechen");
    expect(document.documentElement.lang).toBe("de");
    expect(localStorage.getItem("millpond-language")).toBe("de");
  });
});

describe("numbers", () => {
  test.each([
    [0, "0 B"],
    [1023, "1,023 B"],
    [1024, "1 KiB"],
    [1536, "1.5 KiB"],
    [2 ** 40, "1 TiB"],
    [2 ** 60, "1,024 PiB"],
  ])("%d bytes", (count, shown) => expect(bytes(count)).toBe(shown));

  test("in German", () => {
    chooseLanguage("de");
    expect(mebibytes(1536)).toBe("1,5 GiB");
  });

  test.each([
    [0, "0 sec"],
    [0.25, "0.3 sec"],
    [59.96, "60 sec"],
    [90, "1 min 30 sec"],
    [3 * 3600 + 5 * 60 + 7, "3 hr 5 min"],
    [86_400 + 30, "1 day 30 sec"],
  ])("%d seconds in two units at most", (seconds, shown) => expect(duration(seconds)).toBe(shown));
});

test("roles in words", () => {
  expect(rolesOf(["master", "vm"])).toBe(`${en.roles.master}, ${en.roles.vm}`);
});
