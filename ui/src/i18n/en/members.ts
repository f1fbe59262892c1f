/** What is said where pools, their members, servers and users are changed. */
export const members = {
  membership: {
    edit: "Change pool",
    bandwidth: "Limit of each live migration per second",
    bandwidthHint: "Such as 200M; 0: none",
    migrations: "Live migrations at once from one server",
    migrationsHint: "1 to 32",
    reserve: "Percent of each repository to keep free",
    reserveHint: "0 to 90",
    dissolve: "Dissolve pool",
    dissolveLoss:
      "The pool is gone, with its high availability. It must have no VMs (it has {{vms}}). Its servers stay known, in no pool; its shared directory {{root}} stays as it is.",
    add: "Add server",
    addBody: "It must fit together with those that are there; bridges that it lacks are made.",
    noServers: "Every enrolled server is in a pool. Add one on the page of the servers first.",
    roles: "Change roles",
    masterMoves: "{{server}} is the pool master; the role moves to this server.",
    masterStays: "It is the pool master. To take that role from it, give it to another server.",
    remove: "Remove from pool",
    removeLoss:
      "{{server}} runs no VMs of {{pool}} any more and loses its storage. It must have no VMs; it stays known and can be added again.",
  },
  enrolment: {
    add: "Add server",
    addBody: "Then a command is shown that is typed on it; its agent has to be installed.",
    nameHint: "Such as its host name",
    addressHint: "Host name or IP address of its agent",
    port: "Port of its agent",
    token: "New enrolment token",
    tokenBody:
      "Its agent enrols with it, such as after the server was installed anew. Earlier tokens are void.",
    once: "This is shown once. Type it on {{server}}, as root, within an hour.",
    command: "To be typed on {{server}}",
    reboot: "Reboot",
    rebootLoss: "Its VMs are moved away first, then it starts anew.",
    activate: "Wait until it is back, then end its maintenance; otherwise it stays in maintenance",
    shutdown: "Shut down",
    shutdownLoss:
      "Its VMs are moved away first, then it is switched off. It stays in maintenance when it is back.",
    force: "Even if too little room is left to restart VMs elsewhere",
    forget: "Forget server",
    forgetLoss:
      "Its enrolment is lost: to have it back it must be added and enrolled again. The server itself is left alone.",
  },
  account: {
    change: "Change password",
    body: "Your other sessions end; your API tokens stay.",
    old: "Present password",
    new: "New password (10 characters at least)",
    again: "New password, once more",
    differs: "It is not the same",
    days: "Days until it expires",
    daysHint: "1 to 3650; empty: it does not expire",
  },
};
