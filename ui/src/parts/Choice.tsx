import { FormSelect, FormSelectOption } from "@patternfly/react-core";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: { value: string; label: string }[];
  id?: string;
}

/** One of a few. */
export function Choice({ label, value, onChange, options, id }: Props) {
  return (
    <FormSelect
      {...(id && { id })}
      aria-label={label}
      value={value}
      onChange={(_, chosen) => onChange(chosen)}
    >
      {options.map((option) => (
        <FormSelectOption key={option.value} value={option.value} label={option.label} />
      ))}
    </FormSelect>
  );
}
