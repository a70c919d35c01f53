/** systemd units for one artifact: a socket that systemd holds, and a service that it starts on the first connection. */
import { createTar } from "nanotar";

export interface UnitInput {
  name: string;
  /** Absolute path of the program on the host. */
  program: string;
  /** What systemd listens on: a port, or ADDRESS:PORT. */
  listen: string;
}

/** Texts of NAME.socket and NAME.service. `systemctl enable --now NAME.socket` is all they need. */
export function systemdUnits(input: UnitInput): { socket: string; service: string } {
  for (const [what, text] of Object.entries(input)) {
    if (/[\0-\x1f]/.test(text)) throw new RangeError(`the ${what} of a unit may not hold control characters`);
  }
  if (!input.program.startsWith("/")) throw new RangeError("the program of a unit is an absolute path");
  const program = input.program.replaceAll("\\", "\\\\").replaceAll(" ", "\\x20").replaceAll("%", "%%");
  const name = input.name.replaceAll("%", "%%");
  return {
    socket: `[Unit]
Description=${name} (listening socket)

[Socket]
ListenStream=${input.listen}
NoDelay=true

[Install]
WantedBy=sockets.target
`,
    service: `[Unit]
Description=${name}
Requires=${name}.socket
After=network.target

[Service]
ExecStart=${program}
Restart=on-failure
DynamicUser=yes
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
CapabilityBoundingSet=
`,
  };
}

/** Program and units as a tar to unpack at /. The same input gives the same bytes. */
export function systemdArchive(input: { name: string; bytes: Uint8Array; listen: string }): Uint8Array {
  const program = `/usr/local/bin/${input.name}`;
  const units = systemdUnits({ name: input.name, program, listen: input.listen });
  const attrs = { uid: 0, gid: 0, user: "root", group: "root", mtime: 0 };
  return createTar([
    { name: program.slice(1), data: input.bytes, attrs: { ...attrs, mode: "755" } },
    ...Object.entries(units).map(([kind, text]) => ({ name: `etc/systemd/system/${input.name}.${kind}`, data: text, attrs: { ...attrs, mode: "644" } })),
  ]);
}
