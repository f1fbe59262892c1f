/**
 * xterm.js writes style elements, which the content security policy forbids; what is in them is applied
 * as a style sheet of the document instead, which it allows.
 */
export function adoptStyles(inside: HTMLElement): () => void {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  const copy = () => {
    const texts = [...inside.querySelectorAll("style")].map((style) => style.textContent);
    sheet.replaceSync(texts.join("\n"));
  };
  const observer = new MutationObserver(copy);
  observer.observe(inside, { childList: true, subtree: true, characterData: true });
  copy();
  return () => {
    observer.disconnect();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  };
}
