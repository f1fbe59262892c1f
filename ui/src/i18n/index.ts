import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { de } from "./de";
import { en } from "./en";

type Strings<T> = { [K in keyof T]: T[K] extends string ? string : Strings<T[K]> };
export type Texts = Strings<typeof en>;

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

const KEPT = "millpond-language";

/** Set up the language: the one chosen last, else the browser's. */
export function startLanguage(): void {
  const first = localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
  i18next.use(initReactI18next).init({
    lng: first === "de" ? "de" : "en",
    resources: { en: { translation: en }, de: { translation: de } },
    interpolation: { escapeValue: false }, // React escapes
  });
  document.documentElement.lang = i18next.language;
}

export function chooseLanguage(language: "de" | "en"): void {
  localStorage.setItem(KEPT, language);
  document.documentElement.lang = language;
  i18next.changeLanguage(language);
}

/** The viewer's own way to write numbers and times, if that is in the language chosen. */
const locale = (): string =>
  navigator.languages.find((one) => one.startsWith(i18next.language)) ?? i18next.language;

/** A time in the viewer's zone, of seconds since 1970. */
export const time = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleString(locale(), {
    dateStyle: "medium",
    timeStyle: "medium",
  });

/** A time of this day. */
export const clock = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });

export const number = (value: number): string =>
  value.toLocaleString(locale(), { maximumFractionDigits: 1 });

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** How long, in the two largest units: "3 hours, 5 minutes". */
export function duration(seconds: number): string {
  const said: string[] = [];
  let rest = seconds;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0 && said.length < 2) said.push(amount(count, unit));
    rest -= count * size;
  }
  if (said.length < 2) said.push(amount(Math.round(rest * 10) / 10, "second"));
  return said.join(" ");
}

const amount = (count: number, unit: string): string =>
  new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "short" }).format(count);

/** Bytes with a binary prefix. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const power = count > 0 ? Math.min(Math.floor(Math.log2(count) / 10), units.length - 1) : 0;
  return `${number(count / 1024 ** power)} ${units[power]}`;
}

/** What a server is for, in words. */
export const rolesOf = (roles: readonly ("master" | "utility" | "vm")[]): string =>
  roles.map((role) => i18next.t(`roles.${role}`)).join(", ");

export const mebibytes = (count: number): string => bytes(count * 1024 * 1024);
