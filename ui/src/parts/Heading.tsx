import { Content, Flex, FlexItem, Title } from "@patternfly/react-core";
import { type ReactNode, useEffect } from "react";

interface Props {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
}

/** The head of a page; the window is called so too. */
export function Heading({ title, note, actions }: Props) {
  useEffect(() => {
    document.title = `${title} · Millpond`;
  }, [title]);
  return (
    <Flex justifyContent={{ default: "justifyContentSpaceBetween" }} className="pf-v6-u-mb-md">
      <FlexItem>
        <Title headingLevel="h1" size="2xl">
          {title}
        </Title>
        {note && <Content component="small">{note}</Content>}
      </FlexItem>
      {actions && <FlexItem>{actions}</FlexItem>}
    </Flex>
  );
}
