/** Names by bit, as `linux/capability.h` numbers them. */
const NAMES =
  `chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin
  net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time
  sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf
  checkpoint_restore`.split(/\s+/)

/**
 * The permitted and inheritable capabilities in a value of `security.capability` (`struct vfs_ns_cap_data`), by name, in the order of their
 * numbers; none where the value is cut off or of an unknown revision.
 */
export function capabilitiesOf(value: Uint8Array): readonly string[] {
  if (value.length < 4) return []
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  const words = { 1: 1, 2: 2, 3: 2 }[view.getUint8(3)] ?? 0
  if (value.length < 4 + words * 8) return []
  const names: string[] = []
  for (let bit = 0; bit < words * 32; bit++) {
    const at = 4 + (bit >> 5) * 8
    const set = view.getUint32(at, true) | view.getUint32(at + 4, true)
    if ((set >>> (bit & 31)) & 1) names.push(`cap_${NAMES[bit] ?? bit}`)
  }
  return names
}
