import { Link } from "react-router";
import { usePools, useServers } from "../api/queries";

const PLACES: Record<string, string> = { vm: "vms", server: "servers", pool: "pools", job: "jobs" };

/** A link to what a job or an event is about, where it has a page. */
export function Subject({ subject, name }: { subject: string; name?: string }) {
  const pools = usePools().data ?? [];
  const servers = useServers().data ?? [];
  const at = subject.indexOf(":");
  const kind = subject.slice(0, at);
  const id = subject.slice(at + 1);
  const place = PLACES[kind];
  const known = [...pools, ...servers].find((one) => one.id === id)?.name;
  const text = name || known || (kind === "job" ? id.slice(0, 8) : id);
  return place ? <Link to={`/${place}/${id}`}>{text}</Link> : <>{text}</>;
}
