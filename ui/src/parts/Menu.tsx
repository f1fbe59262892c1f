import { Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

export interface Entry<T extends string> {
  key: T;
  title: string;
  disabled?: boolean;
  danger?: boolean;
}

interface Props<T extends string> {
  entries: Entry<T>[];
  choose: (key: T) => void;
}

/** The actions of a page that have no button of their own. */
export function Menu<T extends string>({ entries, choose }: Props<T>) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={open} onClick={() => setOpen(!open)}>
          {t("common.actions")}
        </MenuToggle>
      )}
    >
      <DropdownList>
        {entries.map(({ key, title, disabled = false, danger = false }) => (
          <DropdownItem
            key={key}
            isDisabled={disabled}
            isDanger={danger}
            onClick={() => {
              setOpen(false);
              choose(key);
            }}
          >
            {title}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
