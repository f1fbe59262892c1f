import { Checkbox, FormGroup } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { ROLES, type Role } from "../create/plan";

interface Props {
  roles: Role[];
  change: (roles: Role[]) => void;
  /** Those that can be chosen. */
  of?: readonly Role[];
  /** One that cannot be taken away. */
  kept?: Role | undefined;
}

/** What a member of a pool does. */
export function RolesField({ roles, change, of = ROLES, kept }: Props) {
  const { t } = useTranslation();
  const turn = (role: Role, on: boolean) =>
    change(ROLES.filter((one) => (one === role ? on : roles.includes(one))));
  return (
    <FormGroup label={t("servers.roles")} role="group" fieldId="member-roles" isStack>
      {of.map((role) => (
        <Checkbox
          key={role}
          id={`member-${role}`}
          label={t(`roles.${role}`)}
          isChecked={roles.includes(role)}
          isDisabled={role === kept}
          onChange={(_, on) => turn(role, on)}
        />
      ))}
    </FormGroup>
  );
}
