/** A check of another tool that peel deliberately has not, and why (findings.md §6). */
export type LeftOut = { readonly codes: readonly string[]; readonly what: string; readonly why: string }

export const LEFT_OUT: readonly LeftOut[] = [
  {
    codes: ['CIS 4.6', 'CIS-DI-0006', 'DS-0026', 'DL3057'],
    what: 'No HEALTHCHECK',
    why: 'Kubernetes and containerd ignore it, and the configs of OCI images have no field for it: most images rightly have none',
  },
  {
    codes: ['CIS 4.5', 'CIS-DI-0005'],
    what: 'Content trust is off',
    why: 'it is a variable of the machine that scans, and says nothing about the image',
  },
  {
    codes: ['DKL-DI-0006', 'DS-0001', 'DL3006', 'DL3007'],
    what: 'The tag is latest, or a base has no tag',
    why: 'a tag is no part of an image; the digest that was checked is in every report, base/outdated tells of a base that moved on',
  },
  {
    codes: ['DL3008', 'DL3013', 'DL3016', 'DL3018', 'DL3028', 'DL3033', 'DL3037', 'DL3041', 'DL3062'],
    what: 'Versions of packages are not pinned',
    why: 'the image has the very versions that were installed: what the Dockerfile asked for cannot be seen from it',
  },
  {
    codes: ['DL3014', 'DL3030', 'DL3034', 'DL3038', 'DS-0021'],
    what: 'A package manager was run without -y',
    why: 'without an answer the build would have failed, and there would be no image',
  },
  {
    codes: ['CIS 4.9', 'CIS-DI-0009', 'DS-0005', 'DL3020'],
    what: 'ADD in place of COPY',
    why: 'both leave the same files; an archive that lies beside what was unpacked of it is waste/vcs-archives',
  },
  {
    codes: ['DKL-DI-0001', 'DS-0010', 'DL3004'],
    what: 'sudo in a step',
    why: 'the word says nothing about the image: sudo itself is a set-id program, and told as file/setuid where no package ships it so',
  },
  {
    codes: ['CIS 4.7', 'CIS-DI-0007', 'DKL-DI-0003', 'DS-0024'],
    what: 'apt-get update alone, or dist-upgrade',
    why: 'commands lie, and Docker withdrew the advice about upgrades; lists of packages that are left over are waste/package-cache',
  },
  {
    codes: ['DL4001', 'DL4006', 'DL3047', 'DL3000', 'DL3003'],
    what: 'How a Dockerfile is written: pipefail, cd, wget and curl, relative directories',
    why: 'nothing of it is in an image; hadolint reads Dockerfiles',
  },
  {
    codes: ['CIS 4.3', 'CIS 4.11', 'CIS 4.12', 'CIS 4.2'],
    what: 'Packages that are not needed, vulnerable, or of doubtful origin; trusted bases and signatures',
    why: 'that takes databases of vulnerabilities and a policy: trivy, grype and cosign have them; waste/build-tools and waste/recommended name packages by their bytes',
  },
]

/** The row of a code; undefined for one that is not in the table. */
export function leftOutNamed(code: string): LeftOut | undefined {
  return LEFT_OUT.find(({ codes }) => codes.some(each => each.toLowerCase() === code.toLowerCase()))
}
