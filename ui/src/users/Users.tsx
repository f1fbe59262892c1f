import { Button, Flex, Title } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation } from "../api/client";
import { client, useMe, useTokens, useUsers } from "../api/queries";
import { time } from "../i18n";
import { Ask } from "../parts/Ask";
import { DataTable } from "../parts/DataTable";
import { Heading } from "../parts/Heading";
import { Listing } from "../parts/Listing";
import { Loaded } from "../parts/Loaded";
import { Once } from "../parts/Once";
import { ChangePassword } from "./ChangePassword";
import { type IssuedToken, NewToken } from "./NewToken";
import { NewUser } from "./NewUser";

interface Asked {
  title: string;
  loss: string;
  verb: string;
  operation: Operation;
  typed?: string;
}

export default function Users() {
  const { t } = useTranslation();
  const [adding, setAdding] = useState<"user" | "token" | "password">();
  const [made, setMade] = useState<IssuedToken>();
  const [asked, setAsked] = useState<Asked>();
  const close = () => {
    setAdding(undefined);
    setAsked(undefined);
    client.invalidateQueries({ queryKey: ["tokens"] });
  };
  return (
    <>
      <Heading
        title={t("nav.users")}
        actions={
          <Flex gap={{ default: "gapSm" }}>
            <Button variant="secondary" onClick={() => setAdding("password")}>
              {t("account.change")}
            </Button>
            <Button onClick={() => setAdding("user")}>{t("users.newUser")}</Button>
          </Flex>
        }
      />
      <Title headingLevel="h2" size="lg">
        {t("users.title")}
      </Title>
      <UserTable ask={setAsked} />
      <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-lg">
        {t("users.tokens")}
      </Title>
      <TokenTable
        ask={setAsked}
        add={
          <Button variant="secondary" onClick={() => setAdding("token")}>
            {t("users.newToken")}
          </Button>
        }
      />
      {adding === "user" && <NewUser onClose={close} />}
      {adding === "token" && <NewToken onClose={close} onMade={setMade} />}
      {adding === "password" && <ChangePassword onClose={close} />}
      {made && (
        <Once
          title={t("users.newToken")}
          note={t("users.secret")}
          label={made.token.name}
          text={made.secret}
          onClose={() => setMade(undefined)}
        />
      )}
      {asked && (
        <Ask
          danger
          title={asked.title}
          submit={asked.verb}
          operations={[asked.operation]}
          onClose={() => setAsked(undefined)}
          onDone={close}
          {...(asked.typed && { typed: asked.typed })}
        >
          <p>{asked.loss}</p>
        </Ask>
      )}
    </>
  );
}

function UserTable({ ask }: { ask: (asked: Asked) => void }) {
  const { t } = useTranslation();
  const me = useMe().data?.name;
  const remove = (name: string) =>
    ask({
      title: `${t("common.delete")}: ${name}`,
      loss: t("users.deleteLoss"),
      verb: t("common.delete"),
      typed: name,
      operation: {
        method: "DELETE",
        path: `/users/${name}`,
        cli: millpond("user", "delete", name),
      },
    });
  return (
    <Loaded query={useUsers()}>
      {(users) => (
        <DataTable
          label={t("users.title")}
          rows={users}
          id={(user) => user.name}
          columns={[
            {
              key: "name",
              title: t("common.name"),
              by: (user) => user.name,
            },
            {
              key: "created",
              title: t("common.created"),
              by: (user) => user.created,
              cell: (user) => time(user.created),
            },
            {
              key: "actions",
              title: t("common.actions"),
              cell: ({ name }) =>
                name !== me && (
                  <Button variant="link" isInline isDanger onClick={() => remove(name)}>
                    {t("common.delete")}
                  </Button>
                ),
            },
          ]}
        />
      )}
    </Loaded>
  );
}

function TokenTable({ ask, add }: { ask: (asked: Asked) => void; add: React.ReactNode }) {
  const { t } = useTranslation();
  const revoke = (id: string, name: string) =>
    ask({
      title: `${t("users.revoke")}: ${name}`,
      loss: t("users.revokeLoss"),
      verb: t("users.revoke"),
      operation: { method: "DELETE", path: `/tokens/${id}`, cli: millpond("token", "delete", id) },
    });
  return (
    <Listing
      query={useTokens()}
      none={t("users.noTokens")}
      hint={t("users.noTokensBody")}
      action={add}
      label={t("users.tokens")}
      id={(token) => token.id}
      columns={[
        {
          key: "token",
          title: t("common.name"),
          by: (token) => token.name,
        },
        { key: "made", title: t("common.created"), cell: (token) => time(token.created) },
        { key: "used", title: t("users.used"), cell: (token) => time(token.used) },
        {
          key: "expires",
          title: t("users.expires"),
          cell: (token) => (token.expires ? time(token.expires) : t("users.never")),
        },
        {
          key: "actions",
          title: t("common.actions"),
          cell: ({ id, name }) => (
            <Button variant="link" isInline isDanger onClick={() => revoke(id, name)}>
              {t("users.revoke")}
            </Button>
          ),
        },
      ]}
    />
  );
}
