import { Button, Flex, FlexItem, Label } from "@patternfly/react-core";
import type { ReactNode, RefObject } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "../../parts/ErrorNote";
import type { Line } from "./useTicket";

interface Props {
  box: RefObject<HTMLDivElement | null>;
  line: Line;
  error: unknown;
  paste: (text: string) => void;
  children?: ReactNode;
}

const COLOURS = { connecting: "blue", connected: "green", lost: "orange", refused: "red" } as const;

/** The window of a console, and what can be done with it. */
export function Panel({ box, line, error, paste, children }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <Flex
        gap={{ default: "gapSm" }}
        className="pf-v6-u-mb-sm"
        alignItems={{ default: "alignItemsCenter" }}
      >
        <FlexItem role="status">
          <Label color={COLOURS[line]}>{t(`console.${line}`)}</Label>
        </FlexItem>
        {children}
        <Button
          variant="secondary"
          size="sm"
          onClick={async () => paste(await navigator.clipboard.readText())}
        >
          {t("console.paste")}
        </Button>
        <Button variant="secondary" size="sm" onClick={() => box.current?.requestFullscreen()}>
          {t("console.full")}
        </Button>
      </Flex>
      {line === "refused" && <ErrorNote error={error} />}
      <div ref={box} className="mp-console" data-line={line} />
    </>
  );
}
