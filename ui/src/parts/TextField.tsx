import {
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  TextInput,
} from "@patternfly/react-core";

interface Props {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** What is written there, shown below it. */
  hint?: string;
  invalid?: boolean;
  required?: boolean;
  first?: boolean;
  /** What is typed is not shown. */
  secret?: boolean;
}

/** A line of text, with what is written there. */
export function TextField({
  id,
  label,
  value,
  onChange,
  hint,
  invalid = false,
  required = false,
  first = false,
  secret = false,
}: Props) {
  return (
    <FormGroup label={label} fieldId={id} isRequired={required}>
      <TextInput
        id={id}
        value={value}
        autoFocus={first}
        autoComplete={secret ? "new-password" : "off"}
        type={secret ? "password" : "text"}
        validated={invalid ? "error" : "default"}
        onChange={(_, text) => onChange(text)}
        {...(hint && { "aria-describedby": `${id}-hint` })}
      />
      {hint && (
        <FormHelperText>
          <HelperText id={`${id}-hint`}>
            <HelperTextItem variant={invalid ? "error" : "default"}>{hint}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
