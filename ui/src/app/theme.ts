const KEPT = "millpond-theme";
const DARK = "pf-v6-theme-dark";

/** Set up the theme: the one chosen last, else the system's. */
export function startTheme(): void {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  show((localStorage.getItem(KEPT) ?? system) === "dark");
}

export const isDark = (): boolean => document.documentElement.classList.contains(DARK);

export function chooseTheme(dark: boolean): void {
  localStorage.setItem(KEPT, dark ? "dark" : "light");
  show(dark);
}

function show(dark: boolean): void {
  document.documentElement.classList.toggle(DARK, dark);
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
}
