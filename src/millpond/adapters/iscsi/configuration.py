"""iscsid.conf: what a session is made with when its target is discovered (open-iscsi's README)."""

from millpond.domain.timing import Timing


def iscsid_conf(timing: Timing) -> str:
    settings = {
        "iscsid.startup": "/bin/systemctl start iscsid.socket",
        "node.startup": "automatic",
        "node.leading_login": "No",
        "node.session.timeo.replacement_timeout": timing.replacement,
        "node.conn[0].timeo.noop_out_interval": timing.noop_interval,
        "node.conn[0].timeo.noop_out_timeout": timing.noop_timeout,
        "node.conn[0].timeo.login_timeout": 15,
        "node.session.initial_login_retry_max": 8,
        "node.session.cmds_max": 128,
        "node.session.queue_depth": 32,
    }
    return "".join(f"{key} = {value}\n" for key, value in settings.items())
