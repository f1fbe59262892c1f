import { FormGroup } from "@patternfly/react-core";
import { Choice } from "./Choice";

interface Props {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: { value: string; label: string }[];
}

/** One of a few, in a form. */
export function ChoiceField(props: Props) {
  return (
    <FormGroup label={props.label} fieldId={props.id}>
      <Choice {...props} />
    </FormGroup>
  );
}
