import { ExpandableSection } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { useFenceAgent } from "../../api/queries";
import type { components } from "../../api/schema";
import { ChoiceField } from "../../parts/ChoiceField";
import { Loaded } from "../../parts/Loaded";
import { TextField } from "../../parts/TextField";

type Parameter = components["schemas"]["FenceParameter"];

/** What nearly every device is told, though its agent calls it optional. */
const USUAL = new Set(["ip", "username", "password", "plug", "lanplus"]);

interface Props {
  pool: string;
  agent: string;
  given: Record<string, string>;
  /** Secrets that are there already. */
  known: string[];
  change: (parameter: Parameter, value: string) => void;
}

export function FenceArguments({ pool, agent, given, known, change }: Props) {
  const { t } = useTranslation();
  const field = (one: Parameter) => (
    <Argument
      key={one.name}
      of={one}
      value={given[one.name] ?? ""}
      known={known.includes(one.name)}
      change={(value) => change(one, value)}
    />
  );
  return (
    <Loaded query={useFenceAgent(pool, agent)}>
      {({ parameters }) => {
        const first = (one: Parameter) => one.required || USUAL.has(one.name);
        const rest = parameters.filter((one) => !first(one));
        return (
          <>
            {parameters.filter(first).map(field)}
            {rest.length > 0 && (
              <ExpandableSection toggleText={t("fencing.more")} isIndented>
                {rest.map(field)}
              </ExpandableSection>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

interface ArgumentProps {
  of: Parameter;
  value: string;
  known: boolean;
  change: (value: string) => void;
}

/** What an agent says of an argument is in its own words. */
function Argument({ of, value, known, change }: ArgumentProps) {
  const { t } = useTranslation();
  const id = `fence-argument-${of.name}`;
  const choices = of.kind === "boolean" ? ["1", "0"] : of.options;
  if (choices.length > 0) {
    return (
      <ChoiceField
        id={id}
        label={of.name}
        value={value}
        onChange={change}
        options={[
          { value: "", label: t("fencing.default", { value: of.default ?? "" }) },
          ...choices.map((one) => ({ value: one, label: one })),
        ]}
      />
    );
  }
  const hint = known
    ? t("fencing.kept")
    : [of.description, of.default && t("fencing.default", { value: of.default })]
        .filter(Boolean)
        .join(". ");
  return (
    <TextField
      id={id}
      label={of.name}
      value={value}
      onChange={change}
      hint={hint}
      required={of.required && of.default === null}
      secret={of.secret}
    />
  );
}
