/** One way to write DEST and where it leads. The table that `--help` and the README print (cli.md, DEST). */
export type DestinationForm = { readonly form: string; readonly means: string }

export const DESTINATION_FORMS: readonly DestinationForm[] = [
  { form: 'FILE.tar[:TAG]', means: 'an archive that every tool loads: an OCI layout with docker’s manifest.json beside it' },
  { form: 'FILE.tar.gz, .tgz, .tar.zst', means: 'the same archive, compressed' },
  { form: './DIR[:TAG], /DIR, ~/DIR', means: 'an OCI layout; so is any name of a layout that exists' },
  { form: 'HOST/NAME[:TAG]', means: 'a registry: HOST has a dot or a port, or is localhost' },
  { form: 'oci:DIR[:TAG]', means: 'an OCI layout' },
  { form: 'oci-archive:FILE[:TAG]', means: 'an OCI layout in a tar, and nothing else' },
  { form: 'docker-archive:FILE[:NAME]', means: 'what docker save wrote before version 25: layers unpacked; FILE may be -' },
  { form: 'dir:DIR', means: 'a directory as skopeo’s dir: has it: manifest.json and the blobs beside it' },
  { form: 'docker://NAME[:TAG]', means: 'a registry, Docker Hub without a host' },
  { form: 'docker-daemon:NAME[:TAG]', means: 'the local container engine' },
  { form: '-', means: 'an archive that every tool loads, on standard output' },
]
