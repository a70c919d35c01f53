/** systemd units for one artifact: a socket that systemd holds, and a service that it starts on the first connection. */
import { createTar } from "nanotar";
import { BuildError } from "../artifact.ts";

export interface UnitInput {
  name: string;
  /** Absolute path of the program on the host. */
  program: string;
  /** What systemd listens on: a port, or ADDRESS:PORT. */
  listen: string;
}

/** Where a unit's program is installed: not in a home or /tmp, which the unit does not let it see. */
export const installedProgram = (name: string) => `/usr/local/bin/${name}`;

/**
 * Texts of NAME.socket and NAME.service.
 * @throws BuildError when they cannot be units
 */
export function systemdUnits(input: UnitInput): { socket: string; service: string } {
  const { name } = input;
  for (const [what, text] of Object.entries(input)) {
    if (/[\0-\x1f]/.test(text)) throw new BuildError(`the ${what} of a unit may not hold control characters`);
  }
  if (!/^[A-Za-z0-9:_.-]{1,200}$/.test(name)) throw new BuildError(`a unit's name has letters, digits and :_.- only, and this is ${JSON.stringify(name)}`);
  if (!input.program.startsWith("/")) throw new BuildError("the program of a unit is an absolute path");
  const program = input.program.replaceAll("\\", "\\\\").replaceAll(" ", "\\x20").replaceAll("%", "%%");
  return {
    socket: `# With the program at ${input.program}, this file and ${name}.service in /etc/systemd/system:
#   systemctl daemon-reload && systemctl enable --now ${name}.socket
# The first connection starts the service; while it restarts connections wait. Another port: systemctl edit ${name}.socket
[Unit]
Description=${name} (listening socket)

[Socket]
ListenStream=${input.listen}
NoDelay=true

[Install]
WantedBy=sockets.target
`,
    service: `# Variables and options: systemctl edit ${name}.service (Environment=ZS_ENV_NAME=value reaches the handler as env.NAME)
[Unit]
Description=${name}
Requires=${name}.socket
After=network.target
# However often it is restarted: at the usual limit the socket would be closed as well.
StartLimitIntervalSec=0

[Service]
ExecStart=${program}
# The journal has the level of each console line.
Environment=ZEROSTART_LOG_LEVELS=1
Restart=on-failure
RestartSec=1
# Wrong options and a damaged file do not get better.
RestartPreventExitStatus=2 3
DynamicUser=yes
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
CapabilityBoundingSet=
`,
  };
}

/** Program and units as a tar to unpack at /. The same input gives the same bytes. */
export function systemdArchive(input: { name: string; bytes: Uint8Array; listen: string }): Uint8Array {
  const program = installedProgram(input.name);
  const units = systemdUnits({ name: input.name, program, listen: input.listen });
  const attrs = { uid: 0, gid: 0, user: "root", group: "root", mtime: 0 };
  return createTar([
    { name: program.slice(1), data: input.bytes, attrs: { ...attrs, mode: "755" } },
    ...Object.entries(units).map(([kind, text]) => ({ name: `etc/systemd/system/${input.name}.${kind}`, data: text, attrs: { ...attrs, mode: "644" } })),
  ]);
}
