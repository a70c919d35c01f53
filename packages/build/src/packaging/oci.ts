/**
 * A container image of one artifact, made without a daemon: one layer, which holds the program alone. One tar that both
 * kinds of reader take: an OCI image layout (OCI image-spec 1.1, "oci-archive") whose blobs are also named by the
 * manifest.json that `docker load` reads. The same input gives the same bytes.
 */
import { createTar } from "nanotar";
import { targets, type TargetTriple } from "@zerostart/protocol/targets.ts";
import { sha256 } from "../cache.ts";
import { BuildError } from "../artifact.ts";

export interface ImageInput {
  /** The program. */
  bytes: Uint8Array;
  target: TargetTriple;
  /** Name of the image; shown by the tools. */
  name: string;
  /** Without it "latest". */
  tag?: string;
  /** The port that the program listens on inside, on every interface. */
  port?: number;
}
export interface ContainerImage {
  archive: Uint8Array;
  /** Of the image manifest: what a registry calls the image's digest. */
  digest: string;
}

const architectures: Record<string, string> = { x86_64: "amd64", aarch64: "arm64", riscv64: "riscv64" };
const program = "handler";
/** Nobody has no files and no rights. */
const user = "65534:65534";
const attributes = { uid: 0, gid: 0, user: "root", group: "root", mtime: 0 };

/** @throws BuildError for a target that no Linux container runs */
export function containerImage(input: ImageInput): ContainerImage {
  const target = targets.find((t) => t.triple === input.target);
  const architecture = target && architectures[target.arch];
  if (target?.os !== "linux" || !architecture) throw new BuildError(`A container image needs a target for Linux, and ${input.target} is none`);
  if (input.target.endsWith("-gnu"))
    throw new BuildError(`A container image holds the program alone, and ${input.target} needs shared libraries: use a static target`);
  const port = input.port ?? 8080;
  const reference = `${imageName(input.name)}:${input.tag ?? "latest"}`;
  const layer = createTar([{ name: program, data: input.bytes, attrs: { ...attributes, mode: "755" } }]);
  const layerDigest = sha256(layer);
  const config = json({
    created: "1970-01-01T00:00:00Z",
    architecture,
    os: "linux",
    config: {
      User: user,
      ExposedPorts: { [`${port}/tcp`]: {} },
      Entrypoint: [`/${program}`],
      Cmd: ["--host", "0.0.0.0", "--port", String(port)],
      WorkingDir: "/",
      StopSignal: "SIGTERM",
      Labels: { "org.opencontainers.image.title": input.name },
    },
    rootfs: { type: "layers", diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "zerostart" }],
  });
  const configDigest = sha256(config);
  const manifest = json({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: `sha256:${configDigest}`, size: config.length },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: `sha256:${layerDigest}`, size: layer.length }],
  });
  const digest = sha256(manifest);
  const index = json({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: `sha256:${digest}`,
        size: manifest.length,
        annotations: { "org.opencontainers.image.ref.name": input.tag ?? "latest", "io.containerd.image.name": reference },
        platform: { architecture, os: "linux" },
      },
    ],
  });
  const blob = (digestOfBlob: string) => `blobs/sha256/${digestOfBlob}`;
  const files: [string, Uint8Array][] = [
    ["oci-layout", json({ imageLayoutVersion: "1.0.0" })],
    ["index.json", index],
    ["manifest.json", json([{ Config: blob(configDigest), RepoTags: [reference], Layers: [blob(layerDigest)] }])],
    [blob(digest), manifest],
    [blob(configDigest), config],
    [blob(layerDigest), layer],
  ];
  return { archive: createTar(files.map(([name, data]) => ({ name, data, attrs: { ...attributes, mode: "644" } }))), digest: `sha256:${digest}` };
}

/** A repository name as the distribution specification allows it. */
function imageName(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "") || "handler"
  );
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
