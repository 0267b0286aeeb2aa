/** As in `pyro/daemon-object.ts`. */
export const DAEMON_ID = "Pyro.Daemon";
