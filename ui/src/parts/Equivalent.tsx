import {
  ClipboardCopyButton,
  CodeBlock,
  CodeBlockAction,
  CodeBlockCode,
} from "@patternfly/react-core";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { curl, type Operation } from "../api/client";

/** What a person would type for the same, in a shell. */
export function Equivalent({ operation }: { operation: Operation }) {
  const { t } = useTranslation();
  return (
    <>
      <Code label={t("common.equivalentCli")} text={operation.cli} />
      <Code label={t("common.equivalentApi")} text={curl(operation)} />
    </>
  );
}

export function Code({ label, text }: { label: string; text: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const id = useId();
  async function copy() {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  }
  const action = (
    <CodeBlockAction>
      <ClipboardCopyButton
        id={`${id}-copy`}
        textId={id}
        aria-label={`${t("common.copy")}: ${label}`}
        variant="plain"
        onClick={copy}
        onTooltipHidden={() => setCopied(false)}
      >
        {copied ? t("common.copied") : t("common.copy")}
      </ClipboardCopyButton>
    </CodeBlockAction>
  );
  return (
    <div className="pf-v6-u-mt-sm">
      <small>{label}</small>
      <CodeBlock actions={action}>
        <CodeBlockCode id={id}>{text}</CodeBlockCode>
      </CodeBlock>
    </div>
  );
}
