import { Toolbar, ToolbarContent, ToolbarItem } from "@patternfly/react-core";
import type { ComponentProps } from "react";
import { Choice } from "./Choice";

/** The one choice above a list. */
export function Filter(choice: ComponentProps<typeof Choice>) {
  return (
    <Toolbar>
      <ToolbarContent>
        <ToolbarItem>
          <Choice {...choice} />
        </ToolbarItem>
      </ToolbarContent>
    </Toolbar>
  );
}
