import { useTranslation } from "react-i18next";
import { KINDS } from "../api/live";
import { useEvents } from "../api/queries";
import { Filter } from "../parts/Filter";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
import { useFilters } from "../parts/useFilters";
import { Events } from "./Events";

export default function EventList() {
  const { t } = useTranslation();
  const [{ kind }, set] = useFilters("kind");
  const options = KINDS.map((one) => ({ value: one, label: one }));
  options.unshift({ value: "", label: t("events.any") });
  return (
    <>
      <Heading title={t("events.title")} />
      <Filter
        label={t("events.kind")}
        value={kind}
        options={options}
        onChange={(value) => set("kind", value)}
      />
      <Loaded query={useEvents()}>
        {(events) => (
          <Events tall events={events.filter((event) => !kind || event.kind === kind)} />
        )}
      </Loaded>
    </>
  );
}
