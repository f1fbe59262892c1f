import { useTranslation } from "react-i18next";
import type { Event } from "../api/client";
import { time } from "../i18n";
import { Subject } from "../jobs/Subject";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";

const SHOWN = [
  "kind",
  "change",
  "power",
  "state",
  "reachable",
  "reason",
  "what",
  "deleted",
  "user",
];

/** What an event says, in a line. */
function line({ data }: Event): string {
  const said = SHOWN.filter(
    (key) => data[key] !== undefined && data[key] !== null && data[key] !== "",
  );
  return said.map((key) => `${key}: ${String(data[key])}`).join(" · ");
}

/** Without those that say of their subject what was said last: a job tells of each of its steps. */
export function news(events: Event[]): Event[] {
  const last = new Map<string, string>();
  const said = [...events].reverse().filter((event) => {
    const [about, now] = [`${event.kind} ${event.subject}`, line(event)];
    const before = last.get(about);
    last.set(about, now);
    return now !== before;
  });
  return said.reverse();
}

export function Events({ events, tall }: { events: Event[]; tall?: boolean }) {
  const { t } = useTranslation();
  if (events.length === 0) return <Empty title={t("events.empty")} />;
  return (
    <DataTable
      label={t("events.title")}
      rows={news(events)}
      id={(event) => String(event.seq)}
      {...(tall && { tall })}
      columns={[
        {
          key: "time",
          title: t("events.time"),
          by: (event) => event.seq,
          cell: (event) => time(event.time),
        },
        {
          key: "kind",
          title: t("events.kind"),
          by: (event) => event.kind,
        },
        {
          key: "subject",
          title: t("events.subject"),
          cell: ({ subject, data }) => {
            const name = data["name"] ?? data["subject_name"];
            return <Subject subject={subject} {...(typeof name === "string" && { name })} />;
          },
        },
        { key: "what", title: t("events.what"), cell: line },
      ]}
    />
  );
}
