/** Those of the wanted fields that are other than they are now; what is undefined is not wanted. */
export function differing<T extends object>(
  now: T,
  wanted: { [Field in keyof T]?: T[Field] | undefined },
): Partial<T> {
  const entries = Object.entries(wanted).filter(
    ([field, value]) =>
      value !== undefined && JSON.stringify(value) !== JSON.stringify(now[field as keyof T]),
  );
  return Object.fromEntries(entries) as Partial<T>;
}
