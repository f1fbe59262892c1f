import { Button } from "@patternfly/react-core";
import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "../parts/Empty";

interface Props {
  /** The address: at another one it is tried again. */
  at: string;
  children: ReactNode;
}

/** A page that cannot be drawn, such as after the manager was upgraded under it: then a reload helps. */
export class Failure extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidUpdate(before: Props) {
    if (this.state.failed && before.at !== this.props.at) this.setState({ failed: false });
  }

  override render() {
    return this.state.failed ? <Failed /> : this.props.children;
  }
}

function Failed() {
  const { t } = useTranslation();
  return (
    <Empty
      title={t("common.broken")}
      action={<Button onClick={() => window.location.reload()}>{t("common.reload")}</Button>}
    >
      {t("common.brokenBody")}
    </Empty>
  );
}
