import "@xyflow/react/dist/style.css";
import { Background, Controls, Handle, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Pool } from "../api/client";
import { useAnswers } from "../api/live";
import { usePools, useServers, useVms } from "../api/queries";
import { useHealthOfArrays, useStorage } from "../api/storage";
import { useDark } from "../app/theme";
import { Heading } from "../parts/Heading";
import { type Box, draw } from "./layout";

const NONE: Pool[] = [];

/** The pool as it is now: what is broken is red, and each thing leads to its page. */
export default function Picture() {
  const { t } = useTranslation();
  const servers = useServers().data;
  const pools = usePools().data;
  const vms = useVms().data;
  const storage = useStorage(pools ?? NONE);
  const arrays = useHealthOfArrays();
  const answers = useAnswers();
  const { nodes, edges } = useMemo(
    () =>
      draw({
        servers: servers ?? [],
        pools: pools ?? [],
        vms: vms ?? [],
        storage,
        arrays,
        answers,
        manager: t("picture.manager"),
      }),
    [servers, pools, vms, storage, arrays, answers, t],
  );
  const dark = useDark();
  return (
    <>
      <Heading title={t("picture.title")} note={t("picture.body")} />
      <div className="mp-picture">
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={TYPES}
          fitView
          colorMode={dark ? "dark" : "light"}
          key={nodes.length}
          nodesDraggable={false}
          nodesConnectable={false}
          proOptions={{ hideAttribution: true }}
          minZoom={0.1}
          aria-label={t("picture.title")}
        >
          <Background />
          <Controls showInteractive={false} />
        </ReactFlow>
      </div>
    </>
  );
}

function Drawn({ data }: NodeProps<Box>) {
  const { title, lines, to, look } = data;
  return (
    <div className={`mp-box mp-box--${look}`} data-look={look}>
      <Handle type="target" position={Position.Top} />
      <Handle type="source" position={Position.Bottom} />
      {to ? <Link to={to}>{title}</Link> : <strong>{title}</strong>}
      {lines.map((line) => (
        <small key={line} title={line}>
          {line}
        </small>
      ))}
    </div>
  );
}

const TYPES = { box: Drawn };
