import { useSyncExternalStore } from "react";

const KEPT = "millpond-theme";
const DARK = "pf-v6-theme-dark";

/** Set up the theme: the one chosen last, else the system's. */
export function startTheme(): void {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  show((localStorage.getItem(KEPT) ?? system) === "dark");
}

/** Whether it is dark now; who uses this is drawn anew when that changes. */
export const useDark = (): boolean => useSyncExternalStore(follow, isDark);

const isDark = (): boolean => document.documentElement.classList.contains(DARK);

const followers = new Set<() => void>();

function follow(changed: () => void): () => void {
  followers.add(changed);
  return () => followers.delete(changed);
}

export function chooseTheme(dark: boolean): void {
  localStorage.setItem(KEPT, dark ? "dark" : "light");
  show(dark);
}

function show(dark: boolean): void {
  document.documentElement.classList.toggle(DARK, dark);
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  for (const changed of followers) changed();
}
