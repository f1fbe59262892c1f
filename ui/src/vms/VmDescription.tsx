import { Alert } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { millpond, type Vm } from "../api/client";
import { useDescription } from "../api/queries";
import { Code } from "../parts/Equivalent";
import { Filter } from "../parts/Filter";
import { Loaded } from "../parts/Loaded";
import { useFilters } from "../parts/useFilters";

const NOTATIONS = [
  { value: "yaml", label: "Millpond (YAML)" },
  { value: "xml", label: "libvirt (XML)" },
  { value: "vm.cfg", label: "xm, Oracle VM (vm.cfg)" },
  { value: "xl.cfg", label: "xl (xl.cfg)" },
] as const;

/** As text: in Millpond's own words, or in those of another product. */
export function VmDescription({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const [{ as }, set] = useFilters("as");
  const notation = NOTATIONS.find(({ value }) => value === as)?.value ?? "yaml";
  return (
    <>
      <Filter
        label={t("vms.notation")}
        value={notation}
        options={[...NOTATIONS]}
        onChange={(value) => set("as", value)}
      />
      <Loaded query={useDescription(vm.id, notation)}>
        {({ text, lost }) => (
          <>
            {lost.length > 0 && (
              <Alert isInline variant="info" title={t("vms.unsaid")}>
                {lost.map((one) => (
                  <p key={one}>{one}</p>
                ))}
              </Alert>
            )}
            <Code label={millpond("vm", "describe", vm.name, ["--as", notation])} text={text} />
          </>
        )}
      </Loaded>
    </>
  );
}
