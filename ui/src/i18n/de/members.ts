/** What is said where pools, their members, servers and users are changed, in German. */
export const members = {
  membership: {
    edit: "Pool ändern",
    bandwidth: "Grenze jeder Live-Migration pro Sekunde",
    bandwidthHint: "Etwa 200M; 0: keine",
    migrations: "Live-Migrationen zugleich von einem Server",
    migrationsHint: "1 bis 32",
    reserve: "Prozent jedes Repositorys, die frei bleiben",
    reserveHint: "0 bis 90",
    dissolve: "Pool auflösen",
    dissolveLoss:
      "Den Pool gibt es dann nicht mehr, auch nicht seine Hochverfügbarkeit. Er darf keine VMs haben (er hat {{vms}}). Seine Server bleiben bekannt, ohne Pool; sein gemeinsames Verzeichnis {{root}} bleibt, wie es ist.",
    add: "Server aufnehmen",
    addBody: "Er muss zu denen passen, die da sind; Bridges, die ihm fehlen, werden angelegt.",
    noServers:
      "Jeder angemeldete Server ist in einem Pool. Fügen Sie zuerst auf der Seite der Server einen hinzu.",
    roles: "Rollen ändern",
    masterMoves: "{{server}} ist der Pool-Master; die Rolle geht auf diesen Server über.",
    masterStays:
      "Er ist der Pool-Master. Um ihm die Rolle zu nehmen, geben Sie sie einem anderen Server.",
    remove: "Aus dem Pool nehmen",
    removeLoss:
      "{{server}} führt keine VMs von {{pool}} mehr aus und verliert dessen Speicher. Er darf keine VMs haben; er bleibt bekannt und kann wieder aufgenommen werden.",
  },
  enrolment: {
    add: "Server hinzufügen",
    addBody:
      "Danach wird ein Befehl gezeigt, der auf ihm einzugeben ist; sein Agent muss installiert sein.",
    nameHint: "Etwa sein Hostname",
    addressHint: "Hostname oder IP-Adresse seines Agenten",
    port: "Port seines Agenten",
    token: "Neues Anmelde-Token",
    tokenBody:
      "Damit meldet sich sein Agent an, etwa wenn der Server neu installiert wurde. Frühere Token gelten nicht mehr.",
    once: "Dies wird nur einmal gezeigt. Geben Sie es binnen einer Stunde auf {{server}} als root ein.",
    command: "Auf {{server}} einzugeben",
    reboot: "Neu starten",
    rebootLoss: "Zuerst ziehen seine VMs um, dann startet er neu.",
    activate: "Warten, bis er wieder da ist, und die Wartung beenden; sonst bleibt er in Wartung",
    shutdown: "Herunterfahren",
    shutdownLoss:
      "Zuerst ziehen seine VMs um, dann wird er ausgeschaltet. Er ist noch in Wartung, wenn er wieder da ist.",
    force: "Auch wenn zu wenig Platz bleibt, VMs anderswo neu zu starten",
    forget: "Server vergessen",
    forgetLoss:
      "Seine Anmeldung geht verloren: um ihn wieder zu haben, muss er neu hinzugefügt und angemeldet werden. Der Server selbst wird in Ruhe gelassen.",
  },
  account: {
    change: "Passwort ändern",
    body: "Ihre anderen Sitzungen enden; Ihre API-Token bleiben.",
    old: "Jetziges Passwort",
    new: "Neues Passwort (mindestens 10 Zeichen)",
    again: "Neues Passwort, noch einmal",
    differs: "Es ist nicht dasselbe",
    days: "Tage, bis es abläuft",
    daysHint: "1 bis 3650; leer: es läuft nicht ab",
  },
};
