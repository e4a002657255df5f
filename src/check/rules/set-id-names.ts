/** Programs that distributions ship with a set-id bit (findings.md §9). */
const SHIPPED = new Set(
  `su sudo mount umount passwd chsh chfn chage gpasswd newgrp newuidmap newgidmap expiry unix_chkpwd pam_extrausers_chkpwd wall write bsd-write
  ssh-agent ssh-keysign dbus-daemon-launch-helper polkit-agent-helper-1 pkexec crontab at fusermount fusermount3 ntfs-3g bbsuid utempter
  pam_timestamp_check userhelper locate mlocate plocate dotlockfile screen man mandb sendmail postdrop postqueue exim4 staprun Xorg.wrap
  chrome-sandbox`.split(/\s+/),
)

/** Programs that give a user the rights of their owner when they have the set-uid bit, whichever package they are of. */
const DANGEROUS = new Set(
  `sh bash dash ash zsh ksh busybox env find vi vim nano less more awk gawk mawk sed perl ruby node php lua tclsh gdb strace cp mv dd tee tar rsync
  curl wget nc socat docker nsenter unshare chroot systemctl make gcc xargs time timeout nice`.split(/\s+/),
)

export function isShippedSetId(name: string): boolean {
  return SHIPPED.has(name)
}

export function isDangerousSetId(name: string): boolean {
  return DANGEROUS.has(name) || /^python[\d.]*$/.test(name)
}
